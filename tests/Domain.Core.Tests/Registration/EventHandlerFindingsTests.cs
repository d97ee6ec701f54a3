using System.Text.Json.Serialization;
using Shouldly;
using Xunit;
using static Protean.Tests.Registration.Startup;

namespace Protean.Tests.Registration;

/// <summary>What is found wrong with event handlers and projections when a domain starts.</summary>
public sealed class EventHandlerFindingsTests
{
    [Fact]
    public void EventHandler_WithoutAMethod_IsReported() =>
        Finding(d => d.EventHandler<User>().Named("idle")).ShouldSay("Event handler idle handles nothing", ".On<TEvent>(", ".Use<T>()");

    [Fact]
    public void EventHandler_ToldToRunInlineAndHowTheEngineDelivers_IsReported() =>
        Finding(d => d.EventHandler<User>().Inline().Partitions(4).On<Registered>((_, _) => { })).ShouldSay("Event handler user runs inline", "handlers that the Engine calls", "InEngine()");

    [Fact]
    public void EventHandler_OfADomainToldToRunInline_MaySayHowTheEngineDelivers() =>
        Finding(d =>
        {
            d.EventHandler<User>().Named("idle");
            d.EventProcessing = EventProcessing.Inline;
            d.EventHandler<User>().Partitions(4).On<Registered>((_, _) => { });
        }).ShouldSay("idle handles nothing");

    [Fact]
    public void EventHandler_OfTheSameCommitWithAnErrorHandler_IsReported() =>
        Finding(d => d.EventHandler<User>().InSameCommit().On<Registered>((_, _) => { }).HandleError((_, _, _) => { })).ShouldSay("its HandleError is never called");

    [Fact]
    public void EventHandler_OfTheSameCommitThatRepeatsConflicts_IsReported() =>
        Finding(d => d.EventHandler<User>().InSameCommit().On<Registered>((_, _) => { }).RetryConflicts(2)).ShouldSay("its RetryConflicts(…) has nothing to repeat");

    [Fact]
    public void EventHandler_OfAnInterface_IsReported() =>
        Finding(d => d.EventHandler<User>().On<IDomainEvent>((_, _) => { })).ShouldSay("user handles IDomainEvent", "OnAny");

    [Fact]
    public void EventHandler_OfAnUnknownCategory_IsReported() =>
        Finding(d => d.EventHandler().Named("h").StreamCategory("usr").On<Registered>((_, _) => { }))
            .ShouldSay("h listens to 'usr'", "domain 'Test' has no such category", "test::user", "'other_domain::usr'");

    [Fact]
    public void EventHandler_OfAnUnknownSourceStream_IsReported() =>
        Finding(d => d.EventHandler<User>().SourceStream("usr").On<Registered>((_, _) => { }))
            .ShouldSay("source stream 'usr'", "no such category", "test::user:command", "'other_domain::usr'");

    [Fact]
    public void EventHandler_OfASourceStreamThatIsNoCategory_IsReported() =>
        Finding(d => d.EventHandler<User>().SourceStream("other::manage-order").On<Registered>((_, _) => { }))
            .ShouldSay("Event handler user", "'other::manage-order'", "lower-case letters");

    [Fact]
    public void EventHandler_OfACategoryThatIsNone_IsReported() =>
        Finding(d => d.EventHandler().Named("h").StreamCategory("other::manage-order").On<Registered>((_, _) => { }))
            .ShouldSay("Event handler h", "'other::manage-order'", "lower-case letters");

    [Fact]
    public void EventHandler_OfAnotherAggregateThatIsNotDeclared_IsReported() =>
        Finding(d => d.EventHandler<User>().StreamCategory<Email>().On<Sent>((_, _) => { }))
            .ShouldSay("user refers to Email", "domain.Aggregate<Email>()");

    [Fact]
    public void EventHandler_PartOfAnAggregateThatIsNotDeclared_IsReported() =>
        OnlyFindingOf(d => d.EventHandler<Email>().On<Sent>((_, _) => { })).ShouldSay("email is part of Email, which is not declared", "domain.Aggregate<Email>()");

    [Fact]
    public void EventHandler_TwoOfOneDurableName_AreReported() =>
        Finding(d =>
        {
            d.EventHandler<User>().On<Registered>((_, _) => { });
            d.EventHandler<User>().On<Activated>((_, _) => { });
        }).ShouldSay("2 handlers are named 'user'", "Give one another with .Named(");

    [Fact]
    public void EventHandler_AQualifiedNameEqualToAnother_IsReported() =>
        Finding(d =>
        {
            d.EventHandler<User>().Named("a").On<Registered>((_, _) => { });
            d.EventHandler<User>().Named("test::a").On<Activated>((_, _) => { });
        }).ShouldSay("2 handlers are named 'a'");

    [Fact]
    public void EventHandler_ADurableNameBeyondTheLimit_IsReported() =>
        Finding(d => d.EventHandler<User>().Named(new string('n', 195)).On<Registered>((_, _) => { }))
            .ShouldSay("of 201 characters", "200 are the most", ".Named(");

    [Fact]
    public void EventHandler_AFormerNameThatAnotherHas_IsReported() =>
        Finding(d =>
        {
            d.EventHandler<User>().Named("old").On<Registered>((_, _) => { });
            d.EventHandler<User>().Named("new").FormerlyNamed("old").On<Activated>((_, _) => { });
        }).ShouldSay("'new' was formerly named 'test::old'", "one of them only");

    [Fact]
    public void EventHandler_AFormerNameThatAnotherHad_IsReported() =>
        FindingsOf(d =>
        {
            d.Aggregate<User>();
            d.EventHandler<User>().Named("a").FormerlyNamed("old").On<Registered>((_, _) => { });
            d.EventHandler<User>().Named("b").FormerlyNamed("old").On<Activated>((_, _) => { });
        }).Count.ShouldBe(2);

    [Fact]
    public void Projection_WithoutAFirstDocument_IsReported() =>
        Finding(d => d.Projection<Secretive>().From<User>().On<Registered>(e => e.UserId, (_, _) => { }))
            .ShouldSay("Projection Secretive cannot make a first Secretive", ".StartWith(");

    [Fact]
    public async Task Projection_WithoutAFirstDocumentThatOnlyCreates_IsFine()
    {
        await using var domain = Users.Create(d => d.Projection<Secretive>().From<User>().Create<Registered>(e => e.UserId, e => Secretive.Of(e.UserId)));

        domain.Model.Views.Keys.ShouldBe([typeof(Secretive)]);
    }

    [Fact]
    public void Projection_TwoForOneDocument_AreReported() =>
        Finding(d =>
        {
            d.Projection<Level>().Named("one").From<User>().Delete<Registered>(e => e.UserId);
            d.Projection<Level>().Named("two").From<User>().Delete<Activated>(e => e.UserId);
        }).ShouldSay("Level is kept by two projections, one and two");

    [Fact]
    public void Projection_TwoDocumentsOfOneCollection_AreReported() =>
        Finding(d =>
        {
            d.Projection<Level>().From<User>().Delete<Registered>(e => e.UserId);
            d.Projection<Other.Level>().Named("other").From<User>().Delete<Registered>(e => e.UserId);
        }).ShouldSay(typeof(Level).FullName!, typeof(Other.Level).FullName!, "'test::level:view'", "rename one");

    [Fact]
    public void Projection_ADocumentWhoseNameIsNoCollection_IsReported() =>
        Finding(d => d.Projection<Größe>().From<User>().Delete<Registered>(e => e.UserId)).ShouldSay("Projection Größe", "'test::größe:view'");

    [Fact]
    public void Projection_WithoutASource_IsReported() =>
        Finding(d => d.Projection<Level>().Delete<Registered>(e => e.UserId)).ShouldSay("Projection Level", "no stream category");

    [Fact]
    public void Projection_AGapInItsUpcasters_IsReported() =>
        Finding(d => d.Projection<Versioned>().From<User>().Delete<Registered>(e => e.UserId)).ShouldSay("Versioned has schema version 2", ".Upcast(1,");

    private static string Finding(Action<DomainBuilder> declare) => OnlyFindingOf(d =>
    {
        d.Aggregate<User>();
        declare(d);
    });

    public sealed class Secretive
    {
        [JsonConstructor]
        private Secretive(DateTime born, string id)
        {
            Born = born;
            Id = id;
        }

        public DateTime Born { get; }

        public string Id { get; }

        public static Secretive Of(string id) => new(default, id);
    }

    public sealed record Level(string Id);

    public sealed record Größe(string Id);

    [SchemaVersion(2)]
    public sealed record Versioned(string Id);

    public static class Other
    {
        public sealed record Level(string Id);
    }
}
