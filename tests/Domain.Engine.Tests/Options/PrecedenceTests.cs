using Protean.Engine;
using Shouldly;
using Xunit;

namespace Protean.Tests.Options;

/// <summary>Who has the last word about a setting.</summary>
public sealed class PrecedenceTests
{
    /// <summary>The layers, the strongest first, each with a value of its own.</summary>
    private static readonly (int Value, Action<EngineOptions, DeliveryOptions> Say)[] Layers =
    [
        (106, (_, declared) => declared.MessagesPerCommit = 106),
        (105, (engine, declared) => declared.Profile = Custom(engine, "of-handler", 105)),
        (104, (engine, _) => Configured(engine).MessagesPerCommit = 104),
        (103, (engine, _) => engine.Server.MessagesPerCommit = 103),
        (102, (engine, _) => Configured(engine).Profile = Custom(engine, "of-configuration", 102)),
        (101, (engine, _) => engine.Server.Profile = Custom(engine, "of-server", 101)),
        (10, (_, _) => { }),
    ];

    [Fact]
    public void Resolve_AnySetOfLayers_TheStrongestOfThemCounts()
    {
        for (var said = 0; said < 1 << Layers.Length - 1; said++)
        {
            var speaking = Layers.Where((_, i) => i == Layers.Length - 1 || (said & (1 << i)) != 0).ToArray();
            DeliverySubject subject = Setup.Handler();

            var settings = subject.Delivery(engine => Array.ForEach(speaking, layer => layer.Say(engine, subject.Declared)));

            settings.MessagesPerCommit.ShouldBe(speaking[0].Value, string.Join(", ", speaking.Select(l => l.Value)));
        }
    }

    [Fact]
    public void Resolve_EachKeyFromAnotherLayer_EachIsLookedForOnItsOwn()
    {
        var settings = Setup.Handler(says: o => (o.Partitions, o.Profile) = (7, "fast")).Delivery(engine =>
        {
            (Configured(engine).MaxRetries, Configured(engine).TransientRetries) = (70, 71);
            (engine.Server.TransientRetries, engine.Server.TimeLimit) = (80, TimeSpan.FromSeconds(8));
            engine.Server.Profile = "nightly";
            engine.Profiles["nightly"] = new() { Delivery = { OnFailure = FailurePolicy.Stop, TimeLimit = TimeSpan.FromSeconds(9) } };
        });

        settings.ShouldBe(DeliverySettings.BuiltIn(false) with
        {
            Partitions = 7,
            PositionUpdateInterval = 5,
            MaxRetries = 2,
            RetryDelay = TimeSpan.Zero,
            TransientRetries = 71,
            TimeLimit = TimeSpan.FromSeconds(8),
            OnFailure = FailurePolicy.Stop,
        });
    }

    [Fact]
    public void Resolve_AnotherHandlerIsConfigured_ThisOneHearsNothingOfIt()
    {
        var both = EngineSettings.Resolve("shop", [Setup.Handler("a"), Setup.Handler("b")], configure: engine => engine.Handlers["b"] = new() { MaxRetries = 9 });

        both.Deliveries.Select(d => d.MaxRetries).ShouldBe([3, 9]);
    }

    [Fact]
    public void Resolve_CodeAfterConfiguration_SeesItAndHasTheLastWord()
    {
        var configuration = Setup.Json("""{"Engine":{"DrainLimit":20,"LeaseTime":40},"Server":{"MaxRetries":7,"TransientRetries":6}}""");

        var settings = EngineSettings.Resolve("shop", [Setup.Handler()], configuration, engine =>
        {
            engine.DrainLimit += TimeSpan.FromSeconds(1);
            engine.Server.MaxRetries = 8;
        });

        settings.DrainLimit.ShouldBe(TimeSpan.FromSeconds(21));
        settings.LeaseTime.ShouldBe(TimeSpan.FromSeconds(40));
        settings.Deliveries.Single().ShouldBe(DeliverySettings.BuiltIn(false) with { MaxRetries = 8, TransientRetries = 6 });
    }

    [Theory]
    [InlineData("""{"Server":{"OnFailure":"Skip","MaxRetries":1,"RetryDelay":0,"DeadLetters":false,"MessagesPerCommit":7}}""")]
    [InlineData("""{"Server":{"Profile":"mine"},"Profiles":{"mine":{"OnFailure":"Skip","MaxRetries":1,"RetryDelay":0,"DeadLetters":false,"MessagesPerCommit":7}}}""")]
    public void Resolve_Notifications_HearOfAllHandlersNothingAboutFailures(string json)
    {
        var notifications = Setup.Handler("notifications") with { IsRelay = true };

        Setup.Resolve(json, notifications).Deliveries.Single().ShouldBe(notifications.BuiltIn() with { MessagesPerCommit = 7 });
    }

    [Fact]
    public void Resolve_Notifications_HearWhatIsSaidOfThem()
    {
        var notifications = Setup.Handler("notifications") with { IsRelay = true };

        var settings = Setup.Resolve("""{"Server":{"MaxRetries":1,"OnFailure":"Stop"},"Handlers":{"notifications":{"MaxRetries":9,"Profile":"batch"}}}""", notifications).Deliveries.Single();

        (settings.MaxRetries, settings.OnFailure, settings.RetryDelay).ShouldBe((9, FailurePolicy.ParkStream, TimeSpan.FromSeconds(2)));
    }

    private static DeliveryOptions Configured(EngineOptions engine)
    {
        if (!engine.Handlers.TryGetValue("stock", out var configured))
            engine.Handlers["stock"] = configured = new();
        return configured;
    }

    private static string Custom(EngineOptions engine, string name, int value)
    {
        engine.Profiles[name] = new() { Delivery = { MessagesPerCommit = value } };
        return name;
    }
}
