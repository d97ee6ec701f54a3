using System.Collections.Concurrent;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Stores;

/// <summary>Handlers that are cut into partitions.</summary>
public abstract class PartitionSuite(IShopStore stores) : EngineTests(stores)
{
    private readonly ConcurrentQueue<(string Line, int Number)> _handled = new();

    [Fact(Timeout = HangLimit)]
    public async Task Partitions_ByStream_HandleEachStreamInOrder()
    {
        var shop = Shop(domain => domain.EventHandler<Order>().Partitions(4).OnAny((message, _) => _handled.Enqueue((message.Stream.Value, (int)message.Position))));
        await PlaceAsync(shop, 12);
        var engine = await StartAsync(shop);
        for (var times = 0; times < 3; times++)
        {
            for (var n = 1; n <= 12; n++)
                await ShipAsync(shop, $"o{n}");
        }

        await engine.WaitUntilCaughtUpAsync(Cancellation);

        EachLineIs(12, [0, 1, 2, 3]);
        engine.Status.Subscriptions.Single().Partitions.Count.ShouldBe(4);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Partitions_ByKey_HandleEachKeyInOrderAcrossStreams()
    {
        var shop = Shop(domain => domain.EventHandler<Order>().Partitions(4).PartitionBy<OrderPlaced>(e => e.BookId)
            .On<OrderPlaced>((e, _) => _handled.Enqueue((e.BookId, e.Quantity))));
        await PlaceByBookAsync(shop, 1, 3);
        var engine = await StartAsync(shop);
        await PlaceByBookAsync(shop, 4, 6);

        await engine.WaitUntilCaughtUpAsync(Cancellation);

        EachLineIs(6, [1, 2, 3, 4, 5, 6]);
    }

    [Theory(Timeout = HangLimit)]
    [InlineData(1, 4)]
    [InlineData(4, 1)]
    [InlineData(3, 5)]
    public async Task Partitions_OfALiveHandler_ChangeWithoutLossDoublingOrDisorder(int before, int after)
    {
        void Declare(DomainBuilder domain, int partitions) => domain.EventHandler<Inventory>().StreamCategory<Order>().Partitions(partitions)
            .PartitionBy<OrderPlaced>(e => e.BookId)
            .On<OrderPlaced>(e => e.BookId, (inventory, e) =>
            {
                inventory.Withdraw(1);
                _handled.Enqueue((e.BookId, e.Quantity));
            });
        var shop = Shop(domain => Declare(domain, before));
        for (var book = 1; book <= 6; book++)
            await shop.Repository<Inventory>().SaveAsync(Inventory.Of($"b{book}", 1000), Cancellation);
        var first = await StartAsync(shop, o => o.Node = "a");
        var appending = Task.Run(() => PlaceByBookAsync(shop, 1, 25), Cancellation);
        await Until(() => _handled.Count > 10);

        var second = await StartAsync(Shop(domain => Declare(domain, after)), o => o.Node = "b");
        await appending;
        await Until(() => Owned(first) + Owned(second) == after);
        await second.WaitUntilCaughtUpAsync(Cancellation);

        for (var book = 1; book <= 6; book++)
            (await shop.Repository<Inventory>().GetAsync($"b{book}", Cancellation)).Withdrawals.ShouldBe(25);
        // What was handled but refused, because the partition was taken meanwhile, was handled again.
        foreach (var line in _handled.GroupBy(h => h.Line))
            line.Select(h => h.Number).Distinct().ShouldBe(Enumerable.Range(1, 25));
    }

    private static async Task PlaceByBookAsync(Domain shop, int from, int to)
    {
        for (var n = from; n <= to; n++)
        {
            for (var book = 1; book <= 6; book++)
                await shop.Repository<Order>().SaveAsync(Order.Place($"o{book}x{n}", $"b{book}", n), Cancellation);
        }
    }

    private static async Task ShipAsync(Domain shop, string id)
    {
        var order = await shop.Repository<Order>().GetAsync(id, Cancellation);
        order.Ship();
        await shop.Repository<Order>().SaveAsync(order, Cancellation);
    }

    private void EachLineIs(int lines, IEnumerable<int> numbers)
    {
        var byLine = _handled.GroupBy(h => h.Line).ToList();
        byLine.Count.ShouldBe(lines);
        byLine.ShouldAllBe(line => line.Select(h => h.Number).SequenceEqual(numbers));
    }
}
