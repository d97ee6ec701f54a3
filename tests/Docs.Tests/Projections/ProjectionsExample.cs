using Protean.Docs.Shop;
using Protean.Engine;

namespace Protean.Docs.Projections;

public sealed record StockLevel(string BookId, int InStock = 0, int Ordered = 0);

public sealed record OpenOrder(string OrderId, string BookId, int Quantity, bool IsLate = false);

/// <summary>What the guide to projections declares and does.</summary>
internal static class ProjectionsExample
{
    public static void Declare(DomainBuilder domain)
    {
        domain.Projection<StockLevel>().From<Inventory>().From<Order>()       // two categories, read in one order
            .On<StockCounted>(e => e.BookId, (stock, e) => stock with { InStock = e.Quantity })
            .On<StockWithdrawn>(e => e.BookId, (stock, e) => stock with { InStock = stock.InStock - e.Quantity })
            .On<OrderPlaced>(e => e.BookId, (stock, e) => stock with { Ordered = stock.Ordered + e.Quantity });

        domain.Projection<OpenOrder>().From<Order>().Inline()                 // in the commit of the event
            .Index(order => order.BookId)
            .Create<OrderPlaced>(e => e.OrderId, e => new(e.OrderId, e.BookId, e.Quantity))
            .Update<OrderDelayed>(e => e.OrderId, (order, _) => order with { IsLate = true })
            .Delete<OrderShipped>(e => e.OrderId)
            .Delete<OrderCancelled>(e => e.OrderId);
    }

    public static async Task<StockLevel?> ReadYourOwnWriteAsync(IDomain shop, DomainEngine engine, CancellationToken cancellationToken)
    {
        await shop.ProcessAsync(new PlaceOrder("o-1", "dune", 10), cancellationToken);

        await engine.WaitUntilCaughtUpAsync<StockLevel>(cancellationToken: cancellationToken);   // to where the log ends now
        return await shop.View<StockLevel>().GetAsync("dune", cancellationToken);
    }

    public static Task<IReadOnlyList<OpenOrder>> LargestAsync(IView<OpenOrder> orders, CancellationToken cancellationToken) =>
        orders.QueryAsync(o => o.BookId == "dune" && o.Quantity >= 5, page => page.OrderByDescending(o => o.Quantity).Take(10), cancellationToken);

    public static async Task RebuildAsync(DomainEngine engine, TextWriter log, CancellationToken cancellationToken)
    {
        var progress = new Progress<RebuildProgress>(p => log.WriteLine($"{p.Fraction:P0}, {p.Handled} events, {p.Elapsed}"));

        await engine.RebuildAsync<StockLevel>(progress, cancellationToken);
    }

    public static TimeSpan StalenessOf(DomainEngine engine) =>
        engine.Status.Subscriptions.Where(s => s.Handler == nameof(StockLevel)).SelectMany(s => s.Partitions).Select(p => p.Behind).DefaultIfEmpty().Max();

    public static void NextVersion(DomainBuilder domain) =>
        domain.Projection<StockLevel>().From<Inventory>().From<Order>()
            .Version(2)                                                        // counts orders now, and no longer copies
            .On<StockCounted>(e => e.BookId, (stock, e) => stock with { InStock = e.Quantity })
            .On<StockWithdrawn>(e => e.BookId, (stock, e) => stock with { InStock = stock.InStock - e.Quantity })
            .On<OrderPlaced>(e => e.BookId, (stock, _) => stock with { Ordered = stock.Ordered + 1 });
}
