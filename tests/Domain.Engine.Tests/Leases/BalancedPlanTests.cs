using FsCheck;
using FsCheck.Fluent;
using Protean.Engine;
using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.Tests.Leases;

/// <summary>Partitions spread over nodes.</summary>
public sealed class BalancedPlanTests
{
    [Fact]
    public void Balanced_Always_EachPartitionGoesToALiveNodeThatCanHostIt() => Holds(Facts.Any, facts =>
    {
        var plan = facts.Balanced();

        return plan.Count == facts.Partitions.Count
            && facts.Partitions.All(p => plan[p.Key] is { } node ? facts.CanHost(node, p.Key) : !facts.Eligible(p.Key).Any());
    });

    [Fact]
    public void Balanced_EqualNodes_LoadsDifferByOneAtMost() => Holds(Facts.EqualNodes.Where(f => f.Nodes.Count > 0), facts =>
    {
        var loads = facts.Loads(facts.Balanced().Values);

        return loads.Max() - loads.Min() <= 1;
    });

    [Fact]
    public void Balanced_NodesBarredFromSome_NoOtherAssignmentIsMoreEven() => Holds(
        Facts.Few,
        facts => Unevenness(facts, facts.Balanced().Values) == Everyone(facts, facts.Partitions.Count).Min(owners => Unevenness(facts, owners)));

    [Fact]
    public void Balanced_OnItsOwnResult_LeavesEverything() => Holds(Facts.Any, facts =>
    {
        var plan = facts.Balanced();

        return Moved(plan, facts.After(plan).Balanced()).Length == 0;
    });

    [Fact]
    public void Balanced_EvenAssignmentOfAnyKind_IsLeftAsItIs() => Holds(
        from facts in Facts.EqualNodes.Where(f => f.Nodes.Count > 0)
        from shift in Gen.Choose(0, 99)
        from seed in Gen.Choose(0, 9_999)
        select facts with { Partitions = [.. facts.Shuffled(seed).Partitions.Select((p, i) => new OwnedPartition(p.Key, facts.Nodes[(i + shift) % facts.Nodes.Count].Name, true))] },
        facts => facts.Balanced().All(p => facts.Partitions.Single(f => f.Key == p.Key).Owner == p.Value));

    [Fact]
    public void Balanced_OneOfEqualNodesLeaves_OnlyItsPartitionsMove() => Holds(Settled(Facts.EqualNodes), facts => facts.Nodes.All(leaver =>
        Moved(Owners(facts), facts.Without(leaver.Name).Balanced()).All(moved => Owners(facts)[moved] == leaver.Name)));

    [Fact]
    public void Balanced_ANodeJoins_NothingMovesBetweenOldOnes() => Holds(
        from facts in Settled(Facts.Any) from name in Gen.Elements("a", "n1x", "z") select (facts, name),
        given =>
        {
            var plan = given.facts.Joined(given.name).Balanced();

            return Moved(Owners(given.facts), plan).All(moved => plan[moved] == given.name);
        });

    [Fact]
    public void Balanced_ANodeJoinsEqualOnes_NoMoreMovesThanItsShare() => Holds(Settled(Facts.EqualNodes), facts =>
        Moved(Owners(facts), facts.Joined("z").Balanced()).Length <= (facts.Nodes.Count == 0 ? facts.Partitions.Count : facts.Partitions.Count / (facts.Nodes.Count + 1)));

    [Fact]
    public void Balanced_FactsInAnyOrder_GiveOnePlan() => Holds(
        from facts in Facts.Any from seed in Gen.Choose(0, 9_999) select (facts, seed),
        given => Moved(given.facts.Balanced(), given.facts.Shuffled(given.seed).Balanced()).Length == 0);

    [Fact]
    public void Balanced_ASecondNode_TakesHalfOfEachSubscription()
    {
        HashSet<string> both = ["audit", "stock"];
        OwnedPartition[] partitions = [.. both.SelectMany(s => Enumerable.Range(0, 4).Select(p => new OwnedPartition(new(s, p), "a", true)))];

        var plan = AssignmentPlan.Balanced(partitions, [new("a", both), new("b", both)]);

        plan.Where(p => p.Value == "b").CountBy(p => p.Key.Name).ShouldBe([new("audit", 2), new("stock", 2)], ignoreOrder: true);
    }

    [Fact]
    public void Balanced_NoNodes_NobodyOwnsAnything() =>
        AssignmentPlan.Balanced([new(new("stock"), "gone", false)], []).ShouldBe([new(new("stock"), null)]);

    [Fact]
    public void Balanced_LeaseOfANodeThatIsBackHasRunOut_CountsAsFree() =>
        AssignmentPlan.Balanced([new(new("stock"), "b", false)], [Node("a", "stock"), Node("b", "stock")]).ShouldBe([new(new("stock"), "a")]);

    [Fact]
    public void Balanced_FreePartition_GoesWhereItsSubscriptionHasFewest() =>
        AssignmentPlan.Balanced(
            [new(new("stock", 0), "a", true), new(new("audit", 0), "b", true), new(new("stock", 1), null, false)], [Node("a", "audit", "stock"), Node("b", "audit", "stock")])
            [new("stock", 1)].ShouldBe("b");

    [Fact]
    public void Balanced_ANodeHasToGiveSomethingAway_GivesWhatItHasNotBegunWith()
    {
        // "a" is too full, and only "b" can take from it; so "b" ends up with too much, and "c" can take one of its views.
        OwnedPartition[] partitions =
        [
            .. Enumerable.Range(0, 4).Select(p => new OwnedPartition(new("stock", p), "a", true)),
            new(new("views", 0), "b", true), new(new("views", 1), null, false), new(new("views", 2), "c", true),
        ];

        var plan = AssignmentPlan.Balanced(partitions, [Node("a", "stock"), Node("b", "stock", "views"), Node("c", "views")]);

        (plan[new("views", 0)], plan[new("views", 1)], plan[new("views", 2)]).ShouldBe(("b", "c", "c"));
        plan.Values.CountBy(n => n!).ShouldBe([new("a", 3), new("b", 2), new("c", 2)], ignoreOrder: true);
    }

    [Fact]
    public void Balanced_ManyPartitionsAndNodes_ArePlannedInOneGo()
    {
        HashSet<string> names = [.. Enumerable.Range(0, 50).Select(s => $"s{s:00}")];
        OwnedPartition[] partitions = [.. names.SelectMany(s => Enumerable.Range(0, 16).Select(p => new OwnedPartition(new(s, p), "n00", true)))];

        var plan = AssignmentPlan.Balanced(partitions, Enumerable.Range(0, 20).Select(n => new LiveNode($"n{n:00}", names)));

        plan.CountBy(p => p.Value ?? "nobody").ShouldAllBe(n => n.Value == 40);
    }

    private static LiveNode Node(string name, params string[] hosts) => new(name, new HashSet<string>(hosts));

    private static void Holds<T>(Gen<T> given, Func<T, bool> property) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1_000).WithQuietOnSuccess(true), Prop.ForAll(given.ToArbitrary(), property));

    private static Gen<Facts> Settled(Gen<Facts> any) => any.Select(facts => facts.After(facts.Balanced()));

    private static Dictionary<CheckpointKey, string?> Owners(Facts facts) => facts.Partitions.ToDictionary(p => p.Key, p => p.Owner);

    private static CheckpointKey[] Moved(IReadOnlyDictionary<CheckpointKey, string?> before, IReadOnlyDictionary<CheckpointKey, string?> after) =>
        [.. before.Keys.Where(key => before[key] != after[key])];

    private static int Unevenness(Facts facts, IEnumerable<string?> owners) => facts.Loads(owners).Sum(l => l * l);

    /// <summary>Every way to give the first partitions to nodes that can host them.</summary>
    private static IEnumerable<IEnumerable<string?>> Everyone(Facts facts, int count) => count == 0
        ? [[]]
        : from some in Everyone(facts, count - 1)
          from node in facts.Eligible(facts.Partitions[count - 1].Key).DefaultIfEmpty()
          select some.Append(node);
}
