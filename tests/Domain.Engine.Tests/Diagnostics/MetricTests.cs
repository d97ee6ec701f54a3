using Protean.Engine;
using Protean.Testing;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Diagnostics;

/// <summary>What is counted and measured.</summary>
public sealed class MetricTests : EngineTests
{
    [Fact(Timeout = HangLimit)]
    public async Task HandledMessages_AreCountedWithTheirLatencyAndTheirCommits()
    {
        using var metrics = new Metrics("metric-good");
        var shop = Shop(domain => domain.EventHandler<Inventory>().Named("metric-good").StreamCategory<Order>()
            .On<OrderPlaced>(e => e.BookId, (inventory, e) => inventory.Withdraw(e.Quantity)));
        await shop.Repository<Inventory>().SaveAsync(Inventory.Of("b1", 100), Cancellation);
        await PlaceAsync(shop, 20);

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        metrics.Of("protean.handled").Sum().ShouldBe(20);
        metrics.Of("protean.commit.messages").Sum().ShouldBe(20);
        metrics.Of("protean.commit.messages").Max().ShouldBeLessThanOrEqualTo(10);
        metrics.Of("protean.delivery.latency").Count.ShouldBe(20);
        metrics.Of("protean.delivery.latency").ShouldAllBe(seconds => seconds >= 0 && seconds < 60);
        metrics.Of("protean.failed").ShouldBeEmpty();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Commands_ThatTheEngineHandles_AreCountedByTheirHandler()
    {
        using var metrics = new Metrics("metric-commands");
        var shop = Shop(domain => domain.CommandHandler<Order>().Named("metric-commands").On<PlaceOrder, string>((command, _) =>
            command.Quantity > 0 ? "placed" : throw new InvalidOperationException("no")));
        await StartAsync(shop);

        await (await shop.EnqueueAsync(new PlaceOrder("o1", "b1", 1), cancellationToken: Cancellation)).WaitAsync(Cancellation);
        var bad = await shop.EnqueueAsync(new PlaceOrder("o2", "b1", 0), cancellationToken: Cancellation);
        await Should.ThrowAsync<ProteanException>(() => bad.WaitAsync(Cancellation));

        metrics.Of("protean.handled").ShouldBe([1]);
        metrics.Of("protean.failed").ShouldBe([1]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task FailedParkedRecoveredAndDeadMessages_AreCounted()
    {
        using var metrics = new Metrics("metric-bad");
        var clock = new FakeClock();
        var tries = 0;
        var shop = Shop(domain =>
        {
            domain.Services.Add(new(typeof(TimeProvider), clock));
            domain.EventHandler<Order>().Named("metric-bad").Delivery(o =>
            {
                o.OnFailure = FailurePolicy.ParkStream;
                o.MaxRetries = 1;
            })
                .On<OrderPlaced>((e, _) =>
                {
                    if (e.OrderId == "dies" || Interlocked.Increment(ref tries) == 1)
                        throw new InvalidOperationException("no");
                })
                .On<OrderShipped>((_, _) => { });
        });
        var order = Order.Place("recovers");
        order.Ship();
        await shop.Repository<Order>().SaveAsync(order, Cancellation);
        await PlaceAsync(shop, 1, _ => "dies");
        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        metrics.Of("protean.failed").Sum().ShouldBe(2);
        metrics.Of("protean.parked").ShouldBe([1]);

        // The beat of the node, and the recovery: what is not waited for yet does not fall due.
        await Until(() => clock.Waiting >= 2);
        clock.Advance(TimeSpan.FromMinutes(2));
        await Until(() => metrics.Of("protean.dead").Count == 1 && metrics.Of("protean.recovered").Count == 2);

        metrics.Of("protean.failed").Sum().ShouldBe(3);
    }

    [Fact(Timeout = HangLimit)]
    public async Task FailuresOfTheStore_AreCounted()
    {
        using var metrics = new Metrics();
        FaultyStore? store = null;
        var shop = Shop(domain =>
        {
            domain.UseStore(_ => store = new(Store));
            domain.EventHandler<Order>().On<OrderPlaced>((_, _) => { });
        });
        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        store!.IsAway = true;
        await Until(() => metrics.Of("protean.store.failures").Count > 0);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Gauges_OfANodeThatIsBehind_ShowItsLagAndItsPartitions()
    {
        using var metrics = new Metrics("metric-lag");
        var clock = new FakeClock();
        using var gate = new SemaphoreSlim(0);
        var shop = Shop(domain =>
        {
            domain.Services.Add(new(typeof(TimeProvider), clock));
            domain.EventHandler<Order>().Named("metric-lag").On<OrderPlaced>(async (_, context) => await gate.WaitAsync(context.CancellationToken));
        });
        var engine = await StartAsync(shop, o => o.Node = "n1");
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        await PlaceAsync(shop, 3);
        await Until(() => engine.Status.Subscriptions[0].Partitions is [{ Lag: 3 }]);
        clock.Advance(TimeSpan.FromSeconds(5));

        metrics.Now("protean.lag.messages").ShouldBe(["metric-lag 0 n1: 3"]);
        metrics.Now("protean.lag.time").ShouldBe(["metric-lag 0 n1: 5"]);
        metrics.Now("protean.partitions").ShouldBe(["metric-lag n1: 1"]);
        gate.Release(3);
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        metrics.Now("protean.lag.messages").ShouldBe(["metric-lag 0 n1: 0"]);
        metrics.Now("protean.lag.time").ShouldBe(["metric-lag 0 n1: 0"]);

        await engine.StopAsync(Cancellation);
        metrics.Now("protean.partitions").ShouldBeEmpty();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Gauges_OfOpenBreakersAndHaltedPartitions_ShowHowManyThereAre()
    {
        using var metrics = new Metrics("metric-breaker", "metric-halted");
        var shop = Shop(domain =>
        {
            domain.EventHandler<Order>().Named("metric-breaker").Delivery(o => o.CircuitBreakerThreshold = 1).On<OrderPlaced>((_, _) => throw new InvalidOperationException("no"));
            domain.EventHandler<Order>().Named("metric-halted").Delivery(o => o.OnFailure = FailurePolicy.Stop).On<OrderPlaced>((_, _) => throw new InvalidOperationException("no"));
        });
        var engine = await StartAsync(shop, o => o.Node = "n2");
        await PlaceAsync(shop, 2);
        await Until(() => engine.Status.Subscriptions.All(s => s.Partitions.Any(p => p.State is PartitionState.Paused or PartitionState.Halted)));

        metrics.Now("protean.breaker.open").ShouldBe(["metric-breaker n2: 1", "metric-halted n2: 0"], ignoreOrder: true);
        metrics.Now("protean.partitions.halted").ShouldBe(["metric-breaker n2: 0", "metric-halted n2: 1"], ignoreOrder: true);
    }
}
