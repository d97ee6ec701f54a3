using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Protean.Testing;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Hosting;

/// <summary>What a load balancer, an orchestrator and whoever is on call are told.</summary>
public sealed class HealthTests : Hosts
{
    private readonly FakeClock _clock = new();

    [Fact(Timeout = HangLimit)]
    public async Task Checks_BeforeTheStart_AreLiveAndNotReady()
    {
        var host = Build(domain => domain.EventHandler<Order>().On<OrderPlaced>((_, _) => { }));

        (await HealthAsync(host, "protean-live")).Status.ShouldBe(HealthStatus.Healthy);
        (await HealthAsync(host, "protean-ready")).Status.ShouldBe(HealthStatus.Unhealthy);
        (await HealthAsync(host, "protean-lag")).Status.ShouldBe(HealthStatus.Healthy);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Checks_OfANodeThatHasItsShare_AreHealthyAndHaveTheirTags()
    {
        var host = await StartAsync(domain => domain.EventHandler<Order>().On<OrderPlaced>((_, _) => { }));

        await UntilAsync(host, "protean-ready", HealthStatus.Healthy);

        var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Cancellation);
        report.Entries.ToDictionary(e => e.Key, e => string.Join(' ', e.Value.Tags)).ShouldBe(
            new Dictionary<string, string> { ["protean-live"] = "live", ["protean-ready"] = "ready", ["protean-lag"] = "lag" }, ignoreOrder: true);
        report.Status.ShouldBe(HealthStatus.Healthy);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Ready_WithTheStoreAway_IsUnhealthyAndLiveIsNot()
    {
        var host = await StartAsync(domain => domain.EventHandler<Order>().On<OrderPlaced>((_, _) => { }));
        await UntilAsync(host, "protean-ready", HealthStatus.Healthy);

        Faulty!.IsAway = true;

        var ready = await HealthAsync(host, "protean-ready");
        (ready.Status, ready.Exception is StoreUnavailableException).ShouldBe((HealthStatus.Unhealthy, true));
        (await HealthAsync(host, "protean-live")).Status.ShouldBe(HealthStatus.Healthy);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Live_WhenSomethingOfTheEngineHasEnded_IsUnhealthyAndTheStopGoesOn()
    {
        var host = await StartAsync(domain => domain.EventHandler<Order>().On<OrderPlaced>((_, _) => { }));
        await EngineOf(host).WaitUntilCaughtUpAsync(Cancellation);

        // The one thing the loops do not outlive: a logger that throws.
        Log.Refused = 2003;
        Faulty!.IsAway = true;

        await UntilAsync(host, "protean-live", HealthStatus.Unhealthy);
        Log.Refused = 0;
        Faulty.IsAway = false;
        await host.StopAsync(Cancellation);
        Log.Lines.ShouldContain(l => l.Id == 2023);
        Log.Lines.ShouldContain(l => l.Id == 2002);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Lag_AboveItsLimits_IsDegradedThenUnhealthy()
    {
        Limits = o => (o.DegradedAge, o.UnhealthyAge) = (TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(30));
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var host = await StartAsync(
            domain => domain.EventHandler<Order>().Named("slow").On<OrderPlaced>((_, context) => gate.Task.WaitAsync(context.CancellationToken)),
            services: s => s.AddSingleton<TimeProvider>(_clock));
        await EngineOf(host).WaitUntilCaughtUpAsync(Cancellation);
        await PlaceAsync(host, "o1");
        await Until(() => Task.FromResult(EngineOf(host).Status.Subscriptions[0].Partitions is [{ Lag: 1 }]));
        (await HealthAsync(host, "protean-lag")).Status.ShouldBe(HealthStatus.Healthy);

        _clock.Advance(TimeSpan.FromSeconds(11));
        var degraded = await HealthAsync(host, "protean-lag");
        degraded.Status.ShouldBe(HealthStatus.Degraded);
        degraded.Description.ShouldBe("slow, partition 0: 1 positions and 11 s behind");
        degraded.Data.Keys.ShouldBe(["slow, partition 0"]);
        _clock.Advance(TimeSpan.FromSeconds(20));
        (await HealthAsync(host, "protean-lag")).Status.ShouldBe(HealthStatus.Unhealthy);
        gate.SetResult();
        await EngineOf(host).WaitUntilCaughtUpAsync(Cancellation);
        await UntilAsync(host, "protean-lag", HealthStatus.Healthy);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Lag_InMessages_CountsToo()
    {
        Limits = o => (o.DegradedLag, o.UnhealthyLag) = (1, 2);
        var host = await StartAsync(
            domain => domain.EventHandler<Order>().Named("slow").On<OrderPlaced>((_, context) => Task.Delay(Timeout.InfiniteTimeSpan, context.Time, context.CancellationToken)),
            engine: o => o.DrainLimit = TimeSpan.Zero);
        await EngineOf(host).WaitUntilCaughtUpAsync(Cancellation);

        await PlaceAsync(host, "o1", "o2");
        await UntilAsync(host, "protean-lag", HealthStatus.Degraded);
        await PlaceAsync(host, "o3");
        await UntilAsync(host, "protean-lag", HealthStatus.Unhealthy);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Lag_OfAHaltedPartition_IsUnhealthyWithItsReasonUntilItIsResumed()
    {
        var isBroken = true;
        var host = await StartAsync(domain => domain.EventHandler<Order>().Named("printer").Delivery(o => o.OnFailure = FailurePolicy.Stop).On<OrderPlaced>((_, _) =>
        {
            if (Volatile.Read(ref isBroken))
                throw new InvalidOperationException("out of paper");
        }));
        await PlaceAsync(host, "o1");

        await UntilAsync(host, "protean-lag", HealthStatus.Unhealthy);

        var description = (await HealthAsync(host, "protean-lag")).Description.ShouldNotBeNull();
        description.ShouldStartWith("printer, partition 0: has stopped until it is resumed: Shop.OrderPlaced.v1 ");
        description.ShouldEndWith(" at position 1: out of paper");
        Volatile.Write(ref isBroken, false);
        EngineOf(host).Resume("printer").ShouldBe(1);
        await UntilAsync(host, "protean-lag", HealthStatus.Healthy);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Lag_OfAPartitionThatPauses_IsDegraded()
    {
        var host = await StartAsync(domain => domain.EventHandler<Order>().Named("flaky").Delivery(o => o.CircuitBreakerThreshold = 1)
            .On<OrderPlaced>((_, _) => throw new InvalidOperationException("no")));
        await PlaceAsync(host, "o1");

        await UntilAsync(host, "protean-lag", HealthStatus.Degraded);

        (await HealthAsync(host, "protean-lag")).Description.ShouldBe("flaky, partition 0: pauses after too many failures in a row");
    }

    [Fact]
    public void Limits_ThatContradictEachOther_AreRefused()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => new ServiceCollection().AddHealthChecks().AddProteanEngine(o => o.UnhealthyAge = TimeSpan.FromSeconds(1)));
        Should.Throw<ArgumentOutOfRangeException>(() => new ServiceCollection().AddHealthChecks().AddProteanEngine(o => o.UnhealthyLag = -1));
    }
}
