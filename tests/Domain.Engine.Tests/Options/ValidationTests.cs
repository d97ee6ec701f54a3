using Protean.Engine;
using Shouldly;
using Xunit;

namespace Protean.Tests.Options;

/// <summary>What is wrong with values, whoever has given them.</summary>
public sealed class ValidationTests
{
    [Fact]
    public void Resolve_NobodySaysAnything_TheEngineHasItsDefaults()
    {
        var settings = EngineSettings.Resolve("shop", []);

        settings.LeaseTime.ShouldBe(TimeSpan.FromSeconds(15));
        settings.DrainLimit.ShouldBe(TimeSpan.FromSeconds(10));
        settings.RecoveryInterval.ShouldBe(TimeSpan.FromSeconds(30));
        settings.Deliveries.ShouldBeEmpty();
    }

    [Fact]
    public void Resolve_NoNode_IsUniqueAndFitsTheStore()
    {
        var nodes = Enumerable.Range(0, 20).Select(_ => EngineSettings.Resolve("shop", []).Node).ToArray();

        nodes.Distinct().Count().ShouldBe(20);
        nodes.ShouldAllBe(n => n.Contains($"-{Environment.ProcessId}-") && n.Length <= 200);
    }

    [Theory]
    [InlineData("00:00:01", "00:00:00", "00:00:00")]
    [InlineData("01:00:00", "01:00:00", "1.00:00:00")]
    public void Resolve_EngineAtTheLimits_IsAccepted(string lease, string drain, string recovery) =>
        Setup.Findings($$$"""{"Engine":{"Node":"{{{new string('n', 200)}}}","LeaseTime":"{{{lease}}}","DrainLimit":"{{{drain}}}","RecoveryInterval":"{{{recovery}}}"}}""").ShouldBeEmpty();

    [Fact]
    public void Resolve_EngineOutOfRange_AllOfItIsReportedTogether()
    {
        var error = Should.Throw<DomainConfigurationException>(() => EngineSettings.Resolve("shop", [Setup.Handler(says: o => o.MaxRetries = -1)], configure: engine =>
        {
            engine.Node = " ";
            engine.LeaseTime = TimeSpan.FromMilliseconds(999);
            engine.DrainLimit = TimeSpan.FromSeconds(-1);
            engine.RecoveryInterval = TimeSpan.FromDays(2);
            engine.Handlers["nobody"] = new();
        }));

        error.Domain.ShouldBe("shop");
        error.Findings.ShouldBe(
        [
            "EngineOptions.Node is ' ', and must be a name of 1 to 200 characters.",
            "EngineOptions.LeaseTime is '00:00:00.9990000', and must be a time from 00:00:01 to 01:00:00, written as 00:00:05 or as a number of seconds.",
            "EngineOptions.DrainLimit is '-00:00:01', and must be a time from 00:00:00 to 01:00:00, written as 00:00:05 or as a number of seconds.",
            "EngineOptions.RecoveryInterval is '2.00:00:00', and must be a time from 00:00:00 to 1.00:00:00, written as 00:00:05 or as a number of seconds.",
            "EngineOptions.Handlers[\"nobody\"] is for a handler that the engine does not have: it delivers to stock.",
            "Handler 'stock': MaxRetries is '-1', and must be a whole number, 0 or more.",
        ]);
    }

    public static TheoryData<string, object> OutOfRange => new()
    {
        { "Partitions", 0 },
        { "MessagesPerCommit", 0 },
        { "PositionUpdateInterval", 0 },
        { "OnFailure", (FailurePolicy)7 },
        { "MaxRetries", -1 },
        { "RetryDelay", TimeSpan.FromTicks(-1) },
        { "RetryDelay", TimeSpan.FromDays(1.1) },
        { "TransientRetries", -1 },
        { "TransientRetryDelay", TimeSpan.FromTicks(-1) },
        { "TransientRetryDelay", TimeSpan.FromDays(1.1) },
        { "TimeLimit", TimeSpan.Zero },
        { "TimeLimit", TimeSpan.FromDays(1.1) },
        { "CircuitBreakerThreshold", -1 },
        { "CircuitBreakerReset", TimeSpan.FromTicks(-1) },
        { "CircuitBreakerReset", TimeSpan.FromDays(1.1) },
    };

    [Theory]
    [MemberData(nameof(OutOfRange))]
    public void Resolve_DeliveryOutOfRange_NamesCulpritAndKeyWhoeverSaidIt(string key, object value)
    {
        void Say(DeliveryOptions options) => typeof(DeliveryOptions).GetProperty(key)!.SetValue(options, value);

        var findings = Setup.Findings(
            engine =>
            {
                Say(engine.Server);
                Say((engine.Profiles["mine"] = new()).Delivery);
                Say(engine.Handlers["stock"] = new());
            },
            Setup.Handler(says: Say));

        findings.Select(f => f.Split(" is '")[0]).ShouldBe(
            [$"EngineOptions.Profiles[\"mine\"].Delivery.{key}", $"EngineOptions.Server.{key}", $"EngineOptions.Handlers[\"stock\"].{key}", $"Handler 'stock': {key}"]);
    }

    [Fact]
    public void Resolve_DeliveryAtTheLimits_IsAccepted()
    {
        static DeliveryOptions Limits(bool most) => new()
        {
            Partitions = most ? int.MaxValue : 1,
            MessagesPerCommit = most ? int.MaxValue : 1,
            PositionUpdateInterval = most ? int.MaxValue : 1,
            MaxRetries = most ? int.MaxValue : 0,
            TransientRetries = most ? int.MaxValue : 0,
            CircuitBreakerThreshold = most ? int.MaxValue : 0,
            RetryDelay = most ? TimeSpan.FromDays(1) : TimeSpan.Zero,
            TransientRetryDelay = most ? TimeSpan.FromDays(1) : TimeSpan.Zero,
            CircuitBreakerReset = most ? TimeSpan.FromDays(1) : TimeSpan.Zero,
            TimeLimit = most ? TimeSpan.FromDays(1) : TimeSpan.FromTicks(1),
        };

        Setup.Findings(engine => (engine.Handlers["a"], engine.Handlers["b"]) = (Limits(most: false), Limits(most: true)), Setup.Handler("a"), Setup.Handler("b")).ShouldBeEmpty();
    }

    [Fact]
    public void Resolve_HandlersThatDifferInCaseOnly_CannotBeConfiguredByName() =>
        Setup.Findings("""{"Handlers":{"stock":{"MaxRetries":1}}}""", Setup.Handler("Stock"), Setup.Handler("stock")).ShouldBe(
            ["Protean:Handlers:Stock could be for 'Stock' and 'stock', whose names differ in upper and lower case only: rename one with .Named(…), or say it on the handlers in code."]);

    [Fact]
    public void Resolve_HandlersOfOneName_ShareTheirConfiguration() =>
        Setup.Resolve("""{"Handlers":{"order":{"MaxRetries":1}}}""", Setup.Handler("order"), Setup.Projection("order")).Deliveries.Select(d => (d.MaxRetries, d.OnFailure))
            .ShouldBe([(1, FailurePolicy.Skip), (1, FailurePolicy.ParkStream)]);
}
