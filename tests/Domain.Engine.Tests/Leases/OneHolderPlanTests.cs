using FsCheck;
using FsCheck.Fluent;
using Protean.Engine;
using Shouldly;
using Xunit;

namespace Protean.Tests.Leases;

/// <summary>One node holds everything, and the others stand by.</summary>
public sealed class OneHolderPlanTests
{
    private static readonly HashSet<string> Both = ["audit", "stock"];

    [Fact]
    public void OneHolder_EqualNodes_OneHasEverything() => Holds(Facts.EqualNodes.Where(f => f.Nodes.Count > 0), facts =>
        facts.OneHolder().Values.Distinct().Count() <= 1 && facts.OneHolder().Values.All(n => n is not null));

    [Fact]
    public void OneHolder_Always_EachPartitionGoesToALiveNodeThatCanHostIt() => Holds(Facts.Any, facts =>
    {
        var plan = facts.OneHolder();

        return plan.Count == facts.Partitions.Count
            && facts.Partitions.All(p => plan[p.Key] is { } node ? facts.CanHost(node, p.Key) : !facts.Eligible(p.Key).Any());
    });

    [Fact]
    public void OneHolder_OthersComeAndGo_TheHolderStays() => Holds(
        from facts in Facts.EqualNodes.Where(f => f.Nodes.Count > 0 && f.Partitions.Count > 0).Select(f => f.After(f.OneHolder()))
        from name in Gen.Elements("a", "z")
        select (facts, name),
        given =>
        {
            var holder = given.facts.Partitions[0].Owner;
            var others = given.facts.Nodes.Where(n => n.Name != holder).Select(n => given.facts.Without(n.Name)).Append(given.facts.Joined(given.name));

            return others.All(f => f.OneHolder().Values.All(n => n == holder));
        });

    [Fact]
    public void OneHolder_FactsInAnyOrder_GiveOnePlan() => Holds(
        from facts in Facts.Any from seed in Gen.Choose(0, 9_999) select (facts, seed),
        given => given.facts.Shuffled(given.seed).OneHolder() is var other && given.facts.OneHolder().All(p => other[p.Key] == p.Value));

    [Fact]
    public void OneHolder_TwoOwnSome_WhoOwnsMostTakesTheRest() =>
        AssignmentPlan.OneHolder(
            [new(new("audit", 0), "a", true), new(new("stock", 0), "b", true), new(new("stock", 1), "b", true)], [new("a", Both), new("b", Both)])
            .Values.ShouldAllBe(n => n == "b");

    [Fact]
    public void OneHolder_TheHolderIsGone_TheFirstByNameTakesOver() =>
        AssignmentPlan.OneHolder(
            [new(new("audit", 0), "a", false), new(new("stock", 0), "a", false)], [new("c", Both), new("b", Both)])
            .Values.ShouldAllBe(n => n == "b");

    [Fact]
    public void OneHolder_SomethingTheHolderCannotHost_GoesToWhoCan() =>
        AssignmentPlan.OneHolder(
            [new(new("audit", 0), null, false), new(new("stock", 0), "b", true)], [new("a", Both), new("b", new HashSet<string> { "stock" })])
            .ShouldBe([new(new("audit", 0), "a"), new(new("stock", 0), "b")], ignoreOrder: true);

    [Fact]
    public void OneHolder_NobodyOwnsAnything_WhoCanHostMostHoldsIt() =>
        AssignmentPlan.OneHolder([new(new("audit", 0), null, false), new(new("stock", 0), null, false)], [new("a", new HashSet<string> { "stock" }), new("b", Both)])
            .Values.ShouldAllBe(n => n == "b");

    private static void Holds<T>(Gen<T> given, Func<T, bool> property) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1_000).WithQuietOnSuccess(true), Prop.ForAll(given.ToArbitrary(), property));
}
