using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Protean.Engine;
using Protean.Tests.Shop;

namespace Protean.Tests.Guides;

/// <summary>What the guide to the engine shows.</summary>
internal static class EngineExample
{
    public static void AddShop(IServiceCollection services) => services.AddDomain("shop", domain =>
    {
        domain.Aggregate<Order>();
        domain.Aggregate<Inventory>().Raises<StockWithdrawn>();

        domain.EventHandler<Inventory>()
            .Named("withdraw-ordered-stock")                             // what its progress is kept under
            .StreamCategory<Order>()
            .Partitions(4)                                               // four at a time, on several nodes too
            .PartitionBy<OrderPlaced>(e => e.BookId)                     // one book in one line
            .RetryTransient(2)                                           // time-outs: twice more, after 100 and 200 ms
            .On<OrderPlaced>(e => e.BookId, (inventory, e) => inventory.Withdraw(e.Quantity))
            .HandleError((error, message, context) => context.Logger.LogError(error, "no stock withdrawn for {Id}", message.Id));

        domain.Projection<BookSales>().From<Order>()
            .On<OrderPlaced>(e => e.BookId, (view, e) => view with { Ordered = view.Ordered + e.Quantity })
            .On<OrderShipped>(e => e.BookId, (view, e) => view with { Shipped = view.Shipped + e.Quantity });
    })
    .UseSqlite("shop.db")
    .AddEngine();

    /// <summary>What somebody does who was called at night.</summary>
    public static async Task LookAfterAsync(IHost host, CancellationToken cancellationToken)
    {
        var engine = host.Services.GetRequiredService<DomainEngine>();

        foreach (var subscription in engine.Status.Subscriptions)
            Console.WriteLine($"{subscription.Name}: {string.Join(", ", subscription.Partitions.Select(p => $"{p.State}, {p.Lag} behind"))}");

        foreach (var dead in await engine.DeadLetters.ListAsync(new() { Handler = "withdraw-ordered-stock" }, cancellationToken))
            Console.WriteLine($"{dead.MessageType} {dead.MessageId}: {dead.Attempts[^1].ExceptionType}: {dead.Attempts[^1].Message}");

        await engine.DeadLetters.ReplayAllAsync(new() { Handler = "withdraw-ordered-stock" }, cancellationToken);
        await engine.RebuildAsync<BookSales>(cancellationToken: cancellationToken);
        await engine.WaitUntilCaughtUpAsync<BookSales>(cancellationToken: cancellationToken);
    }
}
