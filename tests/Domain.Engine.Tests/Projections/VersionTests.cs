using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Projections;

/// <summary>A new version of a projection builds beside the old one and takes over.</summary>
public sealed class VersionTests : EngineTests
{
    [Fact(Timeout = HangLimit)]
    public async Task Version_ThatIsHigher_TakesOverFromTheOldOneWithoutAGap()
    {
        var old = Shop(domain => Sales(domain, version: 1));
        await PlaceAsync(old, 100);
        var first = await StartAsync(old, o => (o.Node, o.LeaseTime) = ("old", TimeSpan.FromSeconds(1)));
        await first.WaitUntilCaughtUpAsync(Cancellation);
        var appending = Task.Run(() => PlaceAsync(old, 100, n => $"p{n}"), Cancellation);

        var next = Shop(domain => Sales(domain, version: 2));
        var second = await StartAsync(next, o => (o.Node, o.LeaseTime) = ("new", TimeSpan.FromSeconds(1)));
        await Until(async () => (await SalesAsync(next)).Ordered >= 1000);
        await appending;
        await second.WaitUntilCaughtUpAsync<BookSales>(cancellationToken: Cancellation);

        var sales = await SalesAsync(next);
        sales.Ordered.ShouldBe(2000);
        sales.Orders.ShouldBe(Enumerable.Range(1, 100).Select(n => $"o{n}").Concat(Enumerable.Range(1, 100).Select(n => $"p{n}")));
        await Until(() => second.Status.Subscriptions.Single().Partitions.Count == 1);
        await Until(() => first.Status.Subscriptions.Single().Partitions.Count == 0);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Version_OfAnOlderNode_DoesNotTakeThePlaceOfANewerOne()
    {
        var next = Shop(domain => Sales(domain, version: 2));
        await PlaceAsync(next, 3);
        var second = await StartAsync(next);
        await second.WaitUntilCaughtUpAsync(Cancellation);

        var old = await StartAsync(Shop(domain => Sales(domain, version: 1)));

        await Should.ThrowAsync<InvalidOperationException>(() => old.RebuildAsync<BookSales>(cancellationToken: Cancellation));
        (await SalesAsync(next)).Ordered.ShouldBe(30);
    }

    private static void Sales(DomainBuilder domain, int version) => domain.Projection<BookSales>().From<Order>()
        .Version(version)
        .On<OrderPlaced>(e => e.BookId, (view, e) => view with { Ordered = view.Ordered + (version == 1 ? 1 : 10), Orders = [.. view.Orders, e.OrderId] });

    private static async Task<BookSales> SalesAsync(Domain shop) => (await shop.View<BookSales>().GetAsync("b1", Cancellation)).ShouldNotBeNull();
}
