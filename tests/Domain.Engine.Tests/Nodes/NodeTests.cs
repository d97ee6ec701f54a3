using System.Collections.Concurrent;
using Protean.Engine;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Nodes;

/// <summary>Several engines share the partitions of one store.</summary>
public sealed class NodeTests : EngineTests
{
    private readonly ConcurrentQueue<(string Node, string Order)> _handled = new();

    [Fact(Timeout = HangLimit)]
    public async Task Nodes_ThatCome_GetTheirShare()
    {
        var (_, first) = await NodeAsync("a", 4);
        await Until(() => Owned(first) == 4);

        var (_, second) = await NodeAsync("b", 4);

        await Until(() => Owned(first) == 2 && Owned(second) == 2);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Node_ThatStops_HandsOverAtOnce()
    {
        var (_, first) = await NodeAsync("a", 4);
        var (_, second) = await NodeAsync("b", 4);
        await Until(() => Owned(first) == 2 && Owned(second) == 2);

        await first.StopAsync(Cancellation);

        await Until(() => Owned(second) == 4);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Nodes_ThatComeAndGoWhileEventsArrive_LoseAndDoubleNone()
    {
        var (shop, steady) = await NodeAsync("steady", 4);
        var appending = Task.Run(() => PlaceAsync(shop, 400), Cancellation);
        for (var n = 0; n < 4; n++)
        {
            var (_, guest) = await NodeAsync($"guest{n}", 4);
            await Until(() => Owned(guest) == 2);
            await guest.StopAsync(Cancellation);
            await Until(() => Owned(steady) == 4);
        }

        await appending;
        await steady.WaitUntilCaughtUpAsync(Cancellation);

        var inventory = await shop.Repository<Inventory>().GetAsync("b1", Cancellation);
        inventory.Withdrawals.ShouldBe(400);
        _handled.Select(h => h.Order).Distinct().Count().ShouldBe(400);
    }

    [Theory(Timeout = HangLimit)]
    [InlineData(1, 4)]
    [InlineData(4, 1)]
    [InlineData(3, 5)]
    public async Task Partitions_OfALiveSubscription_ChangeWithoutLossOrDoubling(int before, int after)
    {
        var (shop, first) = await NodeAsync("a", before);
        var appending = Task.Run(() => PlaceAsync(shop, 300), Cancellation);
        await Until(() => _handled.Count > 50);

        var (_, second) = await NodeAsync("b", after);
        await Until(() => Owned(first) + Owned(second) == after);
        await appending;
        await second.WaitUntilCaughtUpAsync(Cancellation);

        (await shop.Repository<Inventory>().GetAsync("b1", Cancellation)).Withdrawals.ShouldBe(300);
        _handled.Select(h => h.Order).Distinct().Count().ShouldBe(300);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Handler_WithANewName_GoesOnUnderIt()
    {
        var (shop, first) = await NodeAsync("a", 2);
        await PlaceAsync(shop, 10);
        await first.WaitUntilCaughtUpAsync(Cancellation);
        await first.StopAsync(Cancellation);
        _handled.Clear();

        var renamed = Shop(domain => Withdrawing(domain, 2, "b").Named("stock_keeper").FormerlyNamed("withdraw"));
        var second = await StartAsync(renamed);
        await PlaceAsync(shop, 5, n => $"p{n}");
        await second.WaitUntilCaughtUpAsync(Cancellation);

        _handled.Select(h => h.Order).Distinct().Order().ShouldBe(["p1", "p2", "p3", "p4", "p5"]);
        (await shop.Repository<Inventory>().GetAsync("b1", Cancellation)).Withdrawals.ShouldBe(15);
        (await Store.ListCheckpointsAsync("shop::withdraw", Cancellation)).ShouldAllBe(c => c.Key.Partition < 0);
    }

    private static int Owned(DomainEngine engine) => engine.Status.Subscriptions.Sum(s => s.Partitions.Count);

    private AggregateEventHandlerBuilder<Inventory> Withdrawing(DomainBuilder domain, int partitions, string node) => domain.EventHandler<Inventory>()
        .Named("withdraw")
        .StreamCategory<Order>()
        .Partitions(partitions)
        .RetryConflicts(1000, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(5))
        .On<OrderPlaced>(async (e, context) =>
        {
            (await context.Repository<Inventory>().GetAsync(e.BookId, context.CancellationToken)).Withdraw(e.Quantity);
            _handled.Enqueue((node, e.OrderId));
        });

    private async Task<(Domain Shop, DomainEngine Engine)> NodeAsync(string node, int partitions)
    {
        var shop = Shop(domain => Withdrawing(domain, partitions, node));
        if (!await shop.Repository<Inventory>().ExistsAsync("b1", Cancellation))
            await shop.Repository<Inventory>().SaveAsync(Inventory.Of("b1", 1000), Cancellation);
        return (shop, await StartAsync(shop, options =>
        {
            options.Node = node;
            options.LeaseTime = TimeSpan.FromSeconds(1);
        }));
    }
}
