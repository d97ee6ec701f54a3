using System.Collections.Concurrent;
using Protean.Engine;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Nodes;

/// <summary>Partitions that are cut by a key of the payload, on two nodes.</summary>
public sealed class KeyedTests : EngineTests
{
    private readonly ConcurrentQueue<(string Node, string Book, string Order)> _handled = new();

    [Fact(Timeout = HangLimit)]
    public async Task PartitionBy_OnTwoNodes_HandlesEachKeyInOneLineAndTellsWhenAllIsDone()
    {
        var (shop, first) = await NodeAsync("a");
        var (_, second) = await NodeAsync("b");
        await Until(() => Owned(first) == 2 && Owned(second) == 2);

        for (var n = 1; n <= 40; n++)
            await shop.Repository<Order>().SaveAsync(Order.Place($"o{n}", $"b{n % 8}"), Cancellation);
        await first.WaitUntilCaughtUpAsync(Cancellation);

        _handled.Select(h => h.Order).Order().ShouldBe(Enumerable.Range(1, 40).Select(n => $"o{n}").Order());
        foreach (var book in _handled.GroupBy(h => h.Book))
        {
            book.Select(h => h.Node).Distinct().ShouldHaveSingleItem();
            book.Select(h => int.Parse(h.Order[1..], System.Globalization.CultureInfo.InvariantCulture)).ShouldBeInOrder();
        }
    }

    [Fact(Timeout = HangLimit)]
    public async Task PartitionBy_OneEvent_IsSeenPastByThePartitionsOfTheOtherNode()
    {
        var (shop, first) = await NodeAsync("a");
        var (_, second) = await NodeAsync("b");
        await Until(() => Owned(first) == 2 && Owned(second) == 2);
        await shop.Repository<Order>().SaveAsync(Order.Place("o1"), Cancellation);

        await first.WaitUntilCaughtUpAsync(Cancellation);
        await second.WaitUntilCaughtUpAsync(Cancellation);

        _handled.ShouldHaveSingleItem().Order.ShouldBe("o1");
    }

    private async Task<(Domain Shop, DomainEngine Engine)> NodeAsync(string node)
    {
        var shop = Shop(domain => domain.EventHandler<Order>().Named("books").Partitions(4).PartitionBy<OrderPlaced>(e => e.BookId)
            .On<OrderPlaced>((e, _) => _handled.Enqueue((node, e.BookId, e.OrderId))));
        return (shop, await StartAsync(shop, o => o.Node = node));
    }
}
