using Protean.Engine;
using Protean.Testing;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Diagnostics;

/// <summary>What the engine says of itself, and of other nodes.</summary>
public sealed class StatusTests : EngineTests
{
    [Fact(Timeout = HangLimit)]
    public async Task Status_OfPartitionsThatHaveCaughtUp_ShowsNoLag()
    {
        var shop = Shop(domain => domain.EventHandler<Order>().Named("sales").On<OrderPlaced>((_, _) => { }));
        var engine = await StartAsync(shop, o => o.Node = "n1");
        await PlaceAsync(shop, 3);
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        await Until(() => engine.Status.Subscriptions[0].Partitions.Any(p => p.State == PartitionState.Idle));

        var status = engine.Status;

        (status.Node, status.IsRunning, status.Head).ShouldBe(("n1", true, 3));
        await Until(() => engine.Status.IsReady);
        var partition = status.Subscriptions.ShouldHaveSingleItem().Partitions.ShouldHaveSingleItem();
        partition.ShouldBe(new PartitionStatus(0, PartitionState.Idle, 3, 0, TimeSpan.Zero, 1, "n1", null));
    }

    [Fact(Timeout = HangLimit)]
    public async Task Status_OfAHaltedPartition_SaysWhyAndHowOldItsMessageIs()
    {
        var clock = new FakeClock();
        var shop = Shop(domain =>
        {
            domain.Services.Add(new(typeof(TimeProvider), clock));
            domain.EventHandler<Order>().Delivery(o => o.OnFailure = FailurePolicy.Stop).On<OrderPlaced>((e, _) =>
            {
                if (e.OrderId == "o2")
                    throw new InvalidOperationException("out of paper");
            });
        });
        await PlaceAsync(shop, 1);
        clock.Advance(TimeSpan.FromSeconds(10));
        await PlaceAsync(shop, 1, _ => "o2");
        clock.Advance(TimeSpan.FromSeconds(3));
        var engine = await StartAsync(shop);
        await Until(() => engine.Status.Subscriptions[0].Partitions.Any(p => p.State == PartitionState.Halted));
        clock.Advance(TimeSpan.FromSeconds(7));

        var partition = engine.Status.Subscriptions[0].Partitions[0];

        (partition.Position, partition.Lag, partition.Behind).ShouldBe((1, 1, TimeSpan.FromSeconds(10)));
        partition.Problem.ShouldNotBeNull().ShouldEndWith(" at position 2: out of paper");
    }

    [Fact(Timeout = HangLimit)]
    public async Task GetStatus_OfTwoNodes_ShowsThePartitionsOfBothWithTheirOwners()
    {
        Domain Node() => Shop(domain => domain.EventHandler<Order>().Delivery(o => (o.Partitions, o.PositionUpdateInterval) = (2, 1)).On<OrderPlaced>((_, _) => { }));
        var first = await StartAsync(Node(), o => o.Node = "n1");
        var second = await StartAsync(Node(), o => o.Node = "n2");
        await Until(() => first.Status.Subscriptions[0].Partitions.Count == 1 && second.Status.Subscriptions[0].Partitions.Count == 1);
        await PlaceAsync(first.Domain, 10);
        await first.WaitUntilCaughtUpAsync(Cancellation);

        var partitions = (await first.GetStatusAsync(Cancellation)).Subscriptions.ShouldHaveSingleItem().Partitions;

        partitions.Select(p => p.Partition).ShouldBe([0, 1]);
        partitions.Select(p => p.Owner).ShouldBe(["n1", "n2"], ignoreOrder: true);
        var other = partitions.Single(p => p.Owner == "n2");
        other.State.ShouldBe(PartitionState.Elsewhere);
        other.Epoch.ShouldBeGreaterThan(0);
        await Until(async () => (await first.GetStatusAsync(Cancellation)).Subscriptions[0].Partitions.All(p => p.Lag == 0 && p.Behind == TimeSpan.Zero));
    }

    [Fact(Timeout = HangLimit)]
    public async Task GetStatus_OfPartitionsThatNobodyHas_ShowsHowFarBehindTheyAre()
    {
        var clock = new FakeClock();
        var shop = Shop(domain =>
        {
            domain.Services.Add(new(typeof(TimeProvider), clock));
            domain.EventHandler<Order>().On<OrderPlaced>((_, _) => { });
        });
        var engine = await StartAsync(shop);
        await PlaceAsync(shop, 1);
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        await engine.StopAsync(Cancellation);
        await PlaceAsync(shop, 2, n => $"p{n}");
        clock.Advance(TimeSpan.FromSeconds(30));

        var status = await Engine(shop).GetStatusAsync(Cancellation);

        (status.IsRunning, status.Head).ShouldBe((false, 3));
        var partition = status.Subscriptions[0].Partitions.ShouldHaveSingleItem();
        (partition.State, partition.Position, partition.Lag, partition.Behind, partition.Owner).ShouldBe((PartitionState.Elsewhere, 1, 2, TimeSpan.FromSeconds(30), null));
    }
}
