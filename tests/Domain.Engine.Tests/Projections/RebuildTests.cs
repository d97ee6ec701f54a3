using System.Collections.Concurrent;
using Protean.Engine;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Projections;

/// <summary>A projection is built anew beside the copy that readers see.</summary>
public sealed class RebuildTests : EngineTests
{
    [Fact(Timeout = HangLimit)]
    public async Task Rebuild_ForgetsWhichMethodsHadHandledAMessage()
    {
        void Declare(DomainBuilder domain) => domain.Projection<BookSales>().From<Order>()
            .On<OrderPlaced>(e => e.BookId, (view, e) => view with { Ordered = view.Ordered + 1 });
        var shop = Shop(Declare);
        await PlaceAsync(shop, 3);
        var first = await StartAsync(shop);
        await first.WaitUntilCaughtUpAsync<BookSales>(cancellationToken: Cancellation);
        await first.StopAsync(Cancellation);
        // The old copy had one method's share of the next message when it was left.
        var name = first.Status.Subscriptions.Single().Name;
        await Store.CommitAsync(new() { Marks = [new(name, "OrderPlaced", 4)] }, Cancellation);

        await first.RebuildAsync<BookSales>(cancellationToken: Cancellation);
        await PlaceAsync(shop, 1, _ => "o4");
        var second = await StartAsync(Shop(Declare));
        await second.WaitUntilCaughtUpAsync<BookSales>(cancellationToken: Cancellation);

        (await shop.View<BookSales>().GetAsync("b1", Cancellation)).ShouldNotBeNull().Ordered.ShouldBe(4);
    }

    [Fact(Timeout = HangLimit)]
    public async Task RebuildBeforeAnyStart_IsGoneOnFromAndNotHandledAgain()
    {
        void Declare(DomainBuilder domain) => domain.Projection<BookSales>().From<Order>()
            .On<OrderPlaced>(e => e.BookId, (view, e) => view with { Ordered = view.Ordered + 1 });
        var shop = Shop(Declare);
        await PlaceAsync(shop, 3);
        await Engine(shop).RebuildAsync<BookSales>(cancellationToken: Cancellation);

        var engine = await StartAsync(Shop(Declare));
        await engine.WaitUntilCaughtUpAsync<BookSales>(cancellationToken: Cancellation);

        (await shop.View<BookSales>().GetAsync("b1", Cancellation)).ShouldNotBeNull().Ordered.ShouldBe(3);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Rebuild_AfterTheCodeChanged_ReplacesTheDocuments()
    {
        var (shop, before) = await ShopWithSalesAsync(100, factor: 1);
        await before.StopAsync(Cancellation);
        var changed = Shop(domain => Sales(domain, factor: 10));
        var engine = await StartAsync(changed);
        (await SalesAsync(changed)).Ordered.ShouldBe(100);

        await engine.RebuildAsync<BookSales>(cancellationToken: Cancellation);

        (await SalesAsync(changed)).Ordered.ShouldBe(1000);
        (await SalesAsync(changed)).Orders.Count.ShouldBe(100);
        await PlaceAsync(shop, 1, n => $"late{n}");
        await engine.WaitUntilCaughtUpAsync<BookSales>(cancellationToken: Cancellation);
        (await SalesAsync(changed)).Ordered.ShouldBe(1010);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Rebuild_WhileEventsArrive_MissesAndDoublesNone()
    {
        var (shop, engine) = await ShopWithSalesAsync(500, factor: 1);
        using var ended = new CancellationTokenSource();
        var appending = Task.Run(async () =>
        {
            var n = 0;
            while (!ended.IsCancellationRequested && n < 1000)
                await shop.Repository<Order>().SaveAsync(Order.Place($"during{n++}"), Cancellation);
            return n;
        }, Cancellation);

        for (var rebuild = 0; rebuild < 5; rebuild++)
            await engine.RebuildAsync<BookSales>(cancellationToken: Cancellation);
        await ended.CancelAsync();
        var appended = await appending;
        await engine.WaitUntilCaughtUpAsync<BookSales>(cancellationToken: Cancellation);

        var sales = await SalesAsync(shop);
        sales.Ordered.ShouldBe(500 + appended);
        sales.Orders.ShouldBe(Enumerable.Range(1, 500).Select(n => $"o{n}").Concat(Enumerable.Range(0, appended).Select(n => $"during{n}")));
    }

    [Fact(Timeout = HangLimit)]
    public async Task Rebuild_ThatFailsOnAnEvent_LeavesTheLiveCopyAlone()
    {
        await ShopWithSalesAsync(10, factor: 1);
        var broken = Shop(domain => domain.Projection<BookSales>().From<Order>()
            .On<OrderPlaced>(e => e.BookId, (view, e) => e.OrderId == "o7" ? throw new InvalidOperationException("seven") : view));
        var engine = await StartAsync(broken);

        var error = await Should.ThrowAsync<RebuildFailedException>(() => engine.RebuildAsync<BookSales>(cancellationToken: Cancellation));

        error.Message.ShouldContain("seven");
        error.GlobalPosition.ShouldBe(7);
        (await SalesAsync(broken)).Ordered.ShouldBe(10);
        (await Store.GetGenerationsAsync("shop::book_sales:view", Cancellation)).Building.ShouldBeEmpty();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Rebuild_OfAProjectionWithFailures_ClearsThem()
    {
        var (_, before) = await ShopWithSalesAsync(3, factor: 1, failOn: "o2");
        await before.StopAsync(Cancellation);
        var mended = Shop(domain => Sales(domain, factor: 1));
        var engine = await StartAsync(mended);
        (await engine.DeadLetters.CountAsync(cancellationToken: Cancellation)).ShouldBe(1);

        await engine.RebuildAsync<BookSales>(cancellationToken: Cancellation);

        (await SalesAsync(mended)).Orders.ShouldBe(["o1", "o2", "o3"]);
        (await engine.DeadLetters.CountAsync(cancellationToken: Cancellation)).ShouldBe(0);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Rebuild_TellsItsProgress()
    {
        var (_, engine) = await ShopWithSalesAsync(10, factor: 1);
        ConcurrentQueue<RebuildProgress> told = new();

        await engine.RebuildAsync<BookSales>(new Told(told), Cancellation);

        var last = told.Last();
        (last.Handled, last.Position, last.IsDone, last.Fraction).ShouldBe((10, 10, true, 1.0));
    }

    [Fact(Timeout = HangLimit)]
    public async Task Rebuild_TwoAtOnce_TheLastOneCounts()
    {
        var (shop, engine) = await ShopWithSalesAsync(200, factor: 1);
        var other = await StartAsync(Shop(domain => Sales(domain, factor: 1)));

        var both = new[] { engine.RebuildAsync<BookSales>(cancellationToken: Cancellation), other.RebuildAsync<BookSales>(cancellationToken: Cancellation) };
        try
        {
            await Task.WhenAll(both);
        }
        catch (RebuildSupersededException)
        {
        }

        both.ShouldContain(task => task.IsCompletedSuccessfully);
        await engine.WaitUntilCaughtUpAsync<BookSales>(cancellationToken: Cancellation);
        (await SalesAsync(shop)).Ordered.ShouldBe(200);
    }

    private static void Sales(DomainBuilder domain, int factor, string? failOn = null) => domain.Projection<BookSales>().From<Order>()
        .Delivery(o => (o.MaxRetries, o.OnFailure) = (0, FailurePolicy.Skip))
        .On<OrderPlaced>(e => e.BookId, (view, e) => e.OrderId == failOn
            ? throw new InvalidOperationException("no")
            : view with { Ordered = view.Ordered + (e.Quantity * factor), Orders = [.. view.Orders, e.OrderId] });

    private static async Task<BookSales> SalesAsync(Domain shop) => (await shop.View<BookSales>().GetAsync("b1", Cancellation)).ShouldNotBeNull();

    private async Task<(Domain Shop, DomainEngine Engine)> ShopWithSalesAsync(int orders, int factor, string? failOn = null)
    {
        var shop = Shop(domain => Sales(domain, factor, failOn));
        await PlaceAsync(shop, orders);
        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        return (shop, engine);
    }

    private sealed class Told(ConcurrentQueue<RebuildProgress> told) : IProgress<RebuildProgress>
    {
        public void Report(RebuildProgress value) => told.Enqueue(value);
    }
}
