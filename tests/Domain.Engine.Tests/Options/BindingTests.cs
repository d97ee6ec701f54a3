using Microsoft.Extensions.Configuration;
using Protean.Engine;
using Shouldly;
using Xunit;

namespace Protean.Tests.Options;

/// <summary>Reading the configuration.</summary>
public sealed class BindingTests
{
    private const string Known = "Profile, SubscriptionType, Partitions, MessagesPerCommit, PositionUpdateInterval, OnFailure, MaxRetries, RetryDelay, DeadLetters, TransientRetries, TransientRetryDelay, "
        + "TimeLimit, CircuitBreakerThreshold, CircuitBreakerReset";

    [Fact]
    public void Bind_NoSection_LeavesEverythingBuiltIn() =>
        EngineSettings.Resolve("shop", [Setup.Handler()], new ConfigurationBuilder().Build()).Deliveries.ShouldBe([DeliverySettings.BuiltIn(false)]);

    [Fact]
    public void Bind_KeysInAnyCase_AreTheSame()
    {
        var settings = Setup.Resolve("""{"ENGINE":{"DRAINLIMIT":1},"server":{"maxretries":9},"handlers":{"STOCK":{"timelimit":2}}}""", Setup.Handler());

        settings.DrainLimit.ShouldBe(TimeSpan.FromSeconds(1));
        settings.Deliveries.Single().ShouldBe(DeliverySettings.BuiltIn(false) with { MaxRetries = 9, TimeLimit = TimeSpan.FromSeconds(2) });
    }

    [Theory]
    [InlineData("5", 5_000)]
    [InlineData("0.25", 250)]
    [InlineData("0", 0)]
    [InlineData("00:00:05", 5_000)]
    [InlineData("01:02:03", 3_723_000)]
    [InlineData("00:00:00.050", 50)]
    [InlineData("1.00:00:00", 86_400_000)]
    public void Bind_Time_IsReadInBothNotations(string text, int milliseconds) =>
        Setup.Resolve($$$"""{"Server":{"RetryDelay":"{{{text}}}"}}""", Setup.Handler()).Deliveries.Single().RetryDelay.ShouldBe(TimeSpan.FromMilliseconds(milliseconds));

    [Theory]
    [InlineData("RetryDelay", "")]
    [InlineData("RetryDelay", "soon")]
    [InlineData("RetryDelay", "5s")]
    [InlineData("RetryDelay", "00:05")]
    [InlineData("RetryDelay", "0,5")]
    [InlineData("RetryDelay", "1,000")]
    [InlineData("RetryDelay", "24:00:00")]
    [InlineData("RetryDelay", "99999999999999999999999999999")]
    [InlineData("MaxRetries", "three")]
    [InlineData("MaxRetries", "3.0")]
    [InlineData("MaxRetries", "1,000")]
    [InlineData("MaxRetries", "99999999999")]
    [InlineData("DeadLetters", "on")]
    [InlineData("DeadLetters", "1")]
    [InlineData("OnFailure", "1")]
    [InlineData("OnFailure", "Skip,Stop")]
    [InlineData("OnFailure", "Park")]
    public void Bind_ValueThatCannotBeRead_IsAnErrorWithItsPath(string key, string text) =>
        Setup.Findings($$$"""{"Server":{"{{{key}}}":"{{{text}}}"}}""").ShouldHaveSingleItem().ShouldStartWith($"Protean:Server:{key} is '{text}', and must be ");

    [Fact]
    public void Bind_UnknownKeys_AreAllReportedWithPathAndWhatIsKnown() =>
        Setup.Findings("""{"Handler":{},"Engine":{"Lease":1},"Server":{"MaxRetris":1},"Handlers":{"stock":{"Retries":1}}}""", Setup.Handler()).Order(StringComparer.Ordinal).ShouldBe(
        [
            "Protean:Engine:Lease is no setting: Protean:Engine knows Node, LeaseTime, DrainLimit, RecoveryInterval.",
            "Protean:Handler is no setting: Protean knows Engine, Server, Profiles, Handlers.",
            $"Protean:Handlers:stock:Retries is no setting: Protean:Handlers:stock knows {Known}.",
            $"Protean:Server:MaxRetris is no setting: Protean:Server knows {Known}.",
        ]);

    [Fact]
    public void Bind_ValueOutOfRange_IsNamedByItsPath() =>
        Setup.Findings("""{"Engine":{"LeaseTime":0},"Server":{"Partitions":0},"Handlers":{"stock":{"TimeLimit":0}}}""", Setup.Handler()).Select(f => f.Split(',')[0]).ShouldBe(
            ["Protean:Engine:LeaseTime is '00:00:00'", "Protean:Server:Partitions is '0'", "Protean:Handlers:stock:TimeLimit is '00:00:00'"]);

    [Theory]
    [InlineData("""{"stok":{"MaxRetries":1,"Partitions":2}}""")]
    [InlineData("""{"stok":{}}""")]
    [InlineData("""{"stok":"fast"}""")]
    public void Bind_HandlerThatThereIsNot_IsAnErrorOnceWithThoseThereAre(string handlers) =>
        Setup.Findings($$"""{"Handlers":{{handlers}}}""", Setup.Projection("view"), Setup.Handler("stock")).ShouldBe(
            ["Protean:Handlers:stok is for a handler that the engine does not have: it delivers to stock, view."]);

    [Fact]
    public void Bind_HandlerWithColonsInItsName_IsFound()
    {
        var settings = Setup.Resolve(
            """{"Handlers":{"order":{"MaxRetries":1},"order:command":{"MaxRetries":2},"other::stock":{"MaxRetries":4}}}""",
            Setup.Handler("order"), Setup.Handler("order:command"), Setup.Handler("other::stock"));

        settings.Deliveries.Select(d => d.MaxRetries).ShouldBe([1, 2, 4]);
    }

    [Fact]
    public void Bind_UnknownHandlerWithColons_IsNamedWhole() =>
        Setup.Findings("""{"Handlers":{"order:comand":{"MaxRetries":2}}}""", Setup.Handler("order:command")).ShouldBe(
            ["Protean:Handlers:order:comand is for a handler that the engine does not have: it delivers to order:command."]);

    [Theory]
    [InlineData("""{"Server":"fast"}""", "Protean:Server is 'fast', and must hold keys of its own.")]
    [InlineData("""{"Handlers":{"stock":"fast"}}""", "Protean:Handlers:stock is 'fast', and must hold keys of its own.")]
    [InlineData("""{"Profiles":{"mine":"fast"}}""", "Protean:Profiles:mine is 'fast', and must hold keys of its own.")]
    [InlineData("""{"Server":{"MaxRetries":{"Count":1}}}""", "Protean:Server:MaxRetries holds keys of its own, and must be a value.")]
    [InlineData("""{"Server":{"Profile":["fast"]}}""", "Protean:Server:Profile holds keys of its own, and must be a value.")]
    [InlineData("""{"Handlers":{"stock":{"MaxRetries":[1,2]}}}""", "Protean:Handlers:stock:MaxRetries holds keys of its own, and must be a value.")]
    public void Bind_SectionForValueOrValueForSection_IsAnError(string json, string finding) => Setup.Findings(json, Setup.Handler()).ShouldBe([finding]);

    [Fact]
    public void Bind_NullsAndEmptySections_CountAsNotThere() =>
        Setup.Resolve("""{"Engine":{"Node":null},"Server":{"MaxRetries":null,"Profile":null},"Profiles":{},"Handlers":{"stock":{},"view":{"Partitions":null}}}""", Setup.Handler(), Setup.Handler("view"))
            .Deliveries.ShouldAllBe(d => d == DeliverySettings.BuiltIn(false));

    [Theory]
    [InlineData("SubscriptionType", "kafka", "is 'kafka', and must be event_store or stream.")]
    [InlineData("TickInterval", "0", "acts on nothing here: an idle subscription waits for the store's signal and does not poll, so no ticks can be spaced out. Remove it.")]
    [InlineData("BlockingTimeout", "5000", "acts on nothing here: an idle subscription waits for the store's signal and blocks no connection while it waits. Remove it.")]
    [InlineData("Retention", "1000", "acts on nothing here: retention trims the streams of a broker, and what goes through one here is gone from it when it is handled, while the event store keeps what was committed. Remove it.")]
    [InlineData("MessagesPerTick", "10", "acts on nothing here: there are no ticks: what is handled together is what shares a commit. Set MessagesPerCommit instead.")]
    public void Scenario_K79_KeyThatActsOnNothing_IsAnErrorWithTheReason(string key, string value, string reason)
    {
        var entry = $$"""{"{{key}}":"{{value}}"}""";

        Setup.Findings($$$$"""{"Server":{{{{entry}}}},"Profiles":{"mine":{{{{entry}}}} },"Handlers":{"stock":{{{{entry}}}} } }""", Setup.Handler()).ShouldBe(
            [$"Protean:Server:{key} {reason}", $"Protean:Profiles:mine:{key} {reason}", $"Protean:Handlers:stock:{key} {reason}"], ignoreOrder: true);
    }

    [Fact]
    public void Scenario_K79_SubscriptionType_IsReadWithoutRegardToCase() =>
        Setup.Resolve("""{"Handlers":{"stock":{"SubscriptionType":"Stream"},"view":{"SubscriptionType":"EVENT_STORE"}}}""", Setup.Handler(), Setup.Handler("view"))
            .Deliveries.Select(d => d.IsStream).ShouldBe([true, false]);

    [Fact]
    public void Scenario_K79_SubscriptionTypeEventStore_IsAccepted() =>
        Setup.Findings("""{"Server":{"SubscriptionType":"event_store"},"Profiles":{"mine":{"subscriptiontype":"Event_Store"}},"Handlers":{"stock":{"SubscriptionType":"event_store"}}}""", Setup.Handler())
            .ShouldBeEmpty();
}
