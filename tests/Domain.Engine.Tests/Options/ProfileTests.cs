using Protean.Engine;
using Shouldly;
using Xunit;

namespace Protean.Tests.Options;

/// <summary>Profiles: the built-in ones, and those of users.</summary>
public sealed class ProfileTests
{
    [Theory]
    [InlineData(null, false, 10, 10, 3, 1, true)]
    [InlineData("production", true, 100, 10, 3, 1, true)]
    [InlineData("fast", true, 10, 5, 2, 0, true)]
    [InlineData("batch", true, 500, 50, 5, 2, true)]
    [InlineData("debug", true, 1, 1, 1, 0, false)]
    [InlineData("projection", false, 100, 10, 3, 1, false)]
    [InlineData("Batch", true, 500, 50, 5, 2, true)]
    public void Scenario_K76_EachProfile_HasTheValuesOfTheTable(string? profile, bool isStream, int messages, int interval, int retries, int delay, bool deadLetters)
    {
        var settings = Setup.Handler(says: o => o.Profile = profile).WithBroker().Delivery(_ => { });

        settings.ShouldBe(DeliverySettings.BuiltIn(false) with
        {
            IsStream = isStream,
            MessagesPerCommit = messages,
            PositionUpdateInterval = interval,
            MaxRetries = retries,
            RetryDelay = TimeSpan.FromSeconds(delay),
            DeadLetters = deadLetters,
            CircuitBreakerThreshold = 10,
            CircuitBreakerReset = TimeSpan.FromSeconds(60),
        });
    }

    [Theory]
    [InlineData("production")]
    [InlineData("debug")]
    public void Scenario_K76_WithoutABrokerThatOthersReach_ProfilesRunOnTheEventStore(string profile) =>
        Setup.Handler(says: o => o.Profile = profile).Delivery(_ => { }).IsStream.ShouldBeFalse();

    [Fact]
    public void Resolve_StreamForTheWholeServer_IsForThoseWithWhichItCanBe()
    {
        var projection = Setup.Projection() with { NoStream = "it cannot be" };

        Setup.Handler().Delivery(engine => engine.Server.SubscriptionType = SubscriptionType.Stream).IsStream.ShouldBeTrue();
        projection.Delivery(engine => engine.Server.SubscriptionType = SubscriptionType.Stream).IsStream.ShouldBeFalse();
    }

    [Fact]
    public void Resolve_StreamForAHandlerWithWhichItCannotBe_IsAnErrorWithTheReason()
    {
        var said = Setup.Projection(says: o => o.SubscriptionType = SubscriptionType.Stream) with { NoStream = "it cannot be" };

        Setup.Findings(engine => engine.Handlers["view"] = new() { SubscriptionType = SubscriptionType.Stream }, said).ShouldBe(
        [
            "EngineOptions.Handlers[\"view\"].SubscriptionType is stream, but it cannot be. Write event_store, or remove it.",
            "Handler 'view': SubscriptionType is stream, but it cannot be. Write event_store, or remove it.",
        ]);
    }

    [Fact]
    public void Resolve_StreamWithMorePartitionsThanTheBrokerHas_IsAnError() =>
        Setup.Findings(engine => engine.Server.SubscriptionType = SubscriptionType.Stream, Setup.Handler(says: o => o.Partitions = 65)).ShouldBe(
            ["Handler 'stock' has 65 partitions and gets its messages through the broker, where 64 are the most."]);

    [Theory]
    [InlineData("production")]
    [InlineData("fast")]
    [InlineData("batch")]
    [InlineData("debug")]
    [InlineData("projection")]
    public void Resolve_ProfileAgainstServer_HoldsTheCircuitBreakerOfTheTable(string profile)
    {
        var settings = Setup.Handler(says: o => o.Profile = profile).Delivery(engine => (engine.Server.CircuitBreakerThreshold, engine.Server.CircuitBreakerReset) = (1, TimeSpan.Zero));

        (settings.CircuitBreakerThreshold, settings.CircuitBreakerReset).ShouldBe((10, TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public void Resolve_NobodySaysAnything_BuiltInValuesHold() =>
        Setup.Handler().Delivery(_ => { }).ShouldBe(new()
        {
            IsStream = false,
            Partitions = 1,
            MessagesPerCommit = 10,
            PositionUpdateInterval = 10,
            OnFailure = FailurePolicy.Skip,
            MaxRetries = 3,
            RetryDelay = TimeSpan.FromSeconds(1),
            DeadLetters = true,
            TransientRetries = 0,
            TransientRetryDelay = TimeSpan.FromMilliseconds(100),
            TimeLimit = null,
            CircuitBreakerThreshold = 10,
            CircuitBreakerReset = TimeSpan.FromSeconds(60),
        });

    [Fact]
    public void Resolve_ProjectionWithoutProfile_HasBuiltInValuesAndParksStreams() =>
        Setup.Projection().Delivery(_ => { }).ShouldBe(DeliverySettings.BuiltIn(false) with { OnFailure = FailurePolicy.ParkStream });

    [Fact]
    public void Resolve_ProjectionThatSaysWhatHappens_GetsThat() =>
        Setup.Projection(says: o => o.OnFailure = FailurePolicy.Stop).Delivery(_ => { }).OnFailure.ShouldBe(FailurePolicy.Stop);

    [Fact]
    public void Scenario_K78_CustomProfile_InheritsWhatItDoesNotSay()
    {
        var settings = Setup.Resolve("""{"Server":{"Profile":"mine"},"Profiles":{"mine":{"Inherits":"fast","MessagesPerCommit":25}}}""", Setup.Handler());

        settings.Deliveries.Single().ShouldBe(DeliverySettings.BuiltIn(false) with { MessagesPerCommit = 25, PositionUpdateInterval = 5, MaxRetries = 2, RetryDelay = TimeSpan.Zero });
    }

    [Fact]
    public void Resolve_CustomProfileThatInheritsNothing_LeavesTheRestBuiltIn() =>
        Setup.Handler(says: o => o.Profile = "MINE").Delivery(engine => engine.Profiles["mine"] = new() { Delivery = { Partitions = 3 } })
            .ShouldBe(DeliverySettings.BuiltIn(false) with { Partitions = 3 });

    [Theory]
    [InlineData("""{"Fast":{"MaxRetries":1}}""", "Protean:Profiles:Fast has the name of a built-in profile: give it another, and let it inherit from 'Fast' if you want its values.")]
    [InlineData("""{"mine":{"Inherits":"fsat"}}""", "Protean:Profiles:mine:Inherits is 'fsat', which is no profile: inherit from a built-in one (production, fast, batch, debug, projection).")]
    [InlineData("""{"mine":{"Inherits":"other"},"other":{}}""", "Protean:Profiles:mine:Inherits is 'other', which is a profile of your own: inherit from a built-in one (production, fast, batch, debug, projection).")]
    [InlineData("""{"mine":{"Inherits":"mine"}}""", "Protean:Profiles:mine:Inherits is 'mine', which is a profile of your own: inherit from a built-in one (production, fast, batch, debug, projection).")]
    [InlineData("""{"mine":{"MaxRetries":-1}}""", "Protean:Profiles:mine:MaxRetries is '-1', and must be a whole number, 0 or more.")]
    public void Scenario_K78_FaultyProfile_IsAnError(string profiles, string finding) =>
        Setup.Findings($$"""{"Profiles":{{profiles}}}""").ShouldBe([finding]);

    [Theory]
    [InlineData("Colour")]
    [InlineData("Profile")]
    public void Scenario_K78_UnknownFieldOfAProfile_IsAnErrorThatListsTheKnownOnes(string field)
    {
        var finding = Setup.Findings($$$$"""{"Profiles":{"mine":{"{{{{field}}}}":"fast"}}}""").ShouldHaveSingleItem();

        finding.ShouldBe($"Protean:Profiles:mine:{field} is no setting: Protean:Profiles:mine knows Inherits, SubscriptionType, Partitions, MessagesPerCommit, PositionUpdateInterval, OnFailure, MaxRetries, "
            + "RetryDelay, DeadLetters, TransientRetries, TransientRetryDelay, TimeLimit, CircuitBreakerThreshold, CircuitBreakerReset.");
    }

    [Fact]
    public void Resolve_ProfileThatThereIsNot_IsAnErrorWhereverItIsNamed()
    {
        const string Rest = "is 'fsat', which is no profile: use one of production, fast, batch, debug, projection, mine.";

        var findings = Setup.Findings(
            """{"Server":{"Profile":"fsat"},"Handlers":{"stock":{"Profile":"fsat"}},"Profiles":{"mine":{}}}""", Setup.Handler(says: o => o.Profile = "fsat"));

        findings.ShouldBe([$"Protean:Server:Profile {Rest}", $"Protean:Handlers:stock:Profile {Rest}", $"Handler 'stock': Profile {Rest}"]);
    }

    [Fact]
    public void Resolve_ProfileInCodeThatNamesAProfile_IsAnError() =>
        Setup.Findings(engine => engine.Profiles["mine"] = new() { Delivery = { Profile = "fast" } })
            .ShouldBe(["EngineOptions.Profiles[\"mine\"].Delivery.Profile is 'fast', but a profile names no profile: use Inherits."]);
}
