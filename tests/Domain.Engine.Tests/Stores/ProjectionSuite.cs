using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Stores;

/// <summary>Projections that the engine keeps, live and built anew.</summary>
public abstract class ProjectionSuite(IShopStore stores) : EngineTests(stores)
{
    private const int Books = 6;

    [Theory(Timeout = HangLimit)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Projection_LiveWhileEventsArrive_HasThemAllInOrder(int partitions)
    {
        var shop = Shop(domain => Sales(domain, partitions));
        await PlaceAsync(shop, 1, 10);

        var engine = await StartAsync(shop);
        await PlaceAsync(shop, 11, 20);
        await engine.WaitUntilCaughtUpAsync<BookSales>(cancellationToken: Cancellation);

        await AllAreThereAsync(shop, 20);
    }

    [Theory(Timeout = HangLimit)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Rebuild_WhileEventsArriveAndTheStoreIsBusy_MissesAndDoublesNone(int partitions)
    {
        var shop = Shop(domain => Sales(domain, partitions));
        await PlaceAsync(shop, 1, 20);
        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        using var ended = new CancellationTokenSource();
        var placing = Task.Run(async () =>
        {
            var n = 20;
            for (; !ended.IsCancellationRequested && n < 200; n++)
                await PlaceAsync(shop, n + 1, n + 1);
            return n;
        }, Cancellation);
        var busy = Enumerable.Range(0, 3).Select(w => Task.Run(() => KeepBusyAsync(shop, w, ended.Token), Cancellation)).ToArray();

        for (var rebuild = 0; rebuild < 3; rebuild++)
        {
            await engine.RebuildAsync<BookSales>(cancellationToken: Cancellation);
            // Readers never see it half done.
            (await shop.View<BookSales>().GetAsync("b1", Cancellation)).ShouldNotBeNull().Ordered.ShouldBeGreaterThanOrEqualTo(20);
        }

        await ended.CancelAsync();
        var placed = await placing;
        await Task.WhenAll(busy);
        await engine.WaitUntilCaughtUpAsync<BookSales>(cancellationToken: Cancellation);
        await AllAreThereAsync(shop, placed);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Rebuild_AfterTheCodeChanged_ReplacesTheDocumentsAndGoesOnWithNewEvents()
    {
        var shop = Shop(domain => Sales(domain, 1));
        await PlaceAsync(shop, 1, 10);
        var first = await StartAsync(shop);
        await first.WaitUntilCaughtUpAsync(Cancellation);
        await first.StopAsync(Cancellation);
        var changed = Shop(domain => Sales(domain, 1, factor: 10));
        var engine = await StartAsync(changed);

        await engine.RebuildAsync<BookSales>(cancellationToken: Cancellation);
        await PlaceAsync(changed, 11, 12);
        await engine.WaitUntilCaughtUpAsync<BookSales>(cancellationToken: Cancellation);

        (await changed.View<BookSales>().GetAsync("b1", Cancellation)).ShouldNotBeNull().Ordered.ShouldBe(120);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Rebuild_ThatFailsOnAnEvent_LeavesTheLiveCopyAlone()
    {
        var shop = Shop(domain => Sales(domain, 1));
        await PlaceAsync(shop, 1, 5);
        var first = await StartAsync(shop);
        await first.WaitUntilCaughtUpAsync(Cancellation);
        await first.StopAsync(Cancellation);
        var engine = await StartAsync(Shop(domain => domain.Projection<BookSales>().From<Order>()
            .On<OrderPlaced>(e => e.BookId, (view, e) => e.Quantity == 3 ? throw new InvalidOperationException("three") : view)));

        (await Should.ThrowAsync<Engine.RebuildFailedException>(() => engine.RebuildAsync<BookSales>(cancellationToken: Cancellation))).Message.ShouldContain("three");

        await AllAreThereAsync(shop, 5);
        (await shop.Store.GetGenerationsAsync("shop::book_sales:view", Cancellation)).Building.ShouldBeEmpty();
    }

    private static void Sales(DomainBuilder domain, int partitions, int factor = 1)
    {
        var projection = domain.Projection<BookSales>().From<Order>()
            .On<OrderPlaced>(e => e.BookId, (view, e) => view with { Ordered = view.Ordered + factor, Orders = [.. view.Orders, e.OrderId] });
        if (partitions > 1)
            projection.Partitions(partitions).PartitionBy<OrderPlaced>(e => e.BookId);
    }

    private static async Task PlaceAsync(Domain shop, int from, int to)
    {
        for (var n = from; n <= to; n++)
        {
            for (var book = 1; book <= Books; book++)
                await shop.Repository<Order>().SaveAsync(Order.Place($"o{book}x{n}", $"b{book}", n), Cancellation);
        }
    }

    private static async Task KeepBusyAsync(Domain shop, int writer, CancellationToken ended)
    {
        var inventory = Inventory.Of($"busy{writer}", 0);
        while (!ended.IsCancellationRequested)
        {
            inventory.Withdraw(1);
            await shop.Repository<Inventory>().SaveAsync(inventory, Cancellation);
        }
    }

    private static async Task AllAreThereAsync(Domain shop, int count)
    {
        for (var book = 1; book <= Books; book++)
        {
            var sales = (await shop.View<BookSales>().GetAsync($"b{book}", Cancellation)).ShouldNotBeNull();
            sales.Ordered.ShouldBe(count);
            sales.Orders.ShouldBe(Enumerable.Range(1, count).Select(n => $"o{book}x{n}"));
        }
    }
}
