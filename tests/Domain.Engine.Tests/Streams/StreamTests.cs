using System.Collections.Concurrent;
using Protean.Engine;
using Protean.Storage;
using Protean.Tests.Failures;
using Protean.Tests.Shop;

namespace Protean.Tests.Streams;

/// <summary>A shop whose ledger gets the orders through a broker that a test can watch and break.</summary>
public abstract class StreamTests : FailingShop
{
    protected WatchedBroker Broker { get; } = new();

    protected ConcurrentQueue<string> Handled { get; } = new();

    /// <summary>Which orders were counted, in which order.</summary>
    public sealed class Ledger : Aggregate
    {
        public IReadOnlyList<string> Orders { get; set; } = [];

        public static Ledger Of(string id) => new() { Id = id };
    }

    protected static async Task AllOnceAsync(Domain shop, int count)
    {
        for (var n = 1; n <= count; n++)
            await Until(async () => (await OrdersAsync(shop, $"o{n}")).SequenceEqual([$"o{n}"]));
    }

    protected static IEnumerable<string> Numbers(int from, int to) => Enumerable.Range(from, to - from + 1).Select(n => $"o{n}");

    /// <summary>Somebody else changes what a handler is about to change.</summary>
    protected static async Task ChangedMeanwhileAsync(Domain outside)
    {
        Task change;
        using (ExecutionContext.SuppressFlow())
        {
            change = Task.Run(async () =>
            {
                var ledgers = outside.Repository<Ledger>();
                var ledger = await ledgers.FindAsync("all", Cancellation) ?? Ledger.Of("all");
                ledger.Orders = [.. ledger.Orders, "changed"];
                await ledgers.SaveAsync(ledger, Cancellation);
            });
        }

        await change;
    }

    protected static async Task<bool> HasAsync(Domain shop, int order) => (await OrdersAsync(shop)).Contains($"o{order}");

    protected static async Task<IReadOnlyList<string>> OrdersAsync(Domain shop, string ledger = "all") =>
        (await shop.Repository<Ledger>().FindAsync(ledger, Cancellation))?.Orders ?? [];

    /// <summary>Waits until the handler has met the end of the log: from then on the broker is to bring everything.</summary>
    protected static async Task<DomainEngine> ReadyAsync(DomainEngine engine)
    {
        await Until(() => engine.Status.Subscriptions.All(s => s.Partitions.Count > 0 && s.Partitions.All(p => p.State == PartitionState.Idle)));
        return engine;
    }

    protected Domain Streaming(Action<AggregateEventHandlerBuilder<Order>>? declare = null, Func<OrderPlaced, string>? ledger = null, bool handlesShipped = true, Func<IShopStore, IEventStore>? open = null) => Shop(domain =>
    {
        domain.Aggregate<Ledger>();
        domain.UseBroker(_ => Broker);
        domain.CommandHandler<Order>().On<ShipOrder>(async (c, context) =>
        {
            var order = await context.Repository<Order>().GetAsync(c.OrderId);
            order.Ship();
        });
        var handler = domain.EventHandler<Order>().Named("ledger").Subscription(SubscriptionType.Stream)
            .On<OrderPlaced>((e, context) => NoteAsync("placed", e.OrderId, context, ledger?.Invoke(e)));
        if (handlesShipped)
            handler.On<OrderShipped>((e, _) => Handled.Enqueue($"shipped {e.OrderId}"));
        declare?.Invoke(handler);
    }, open);

    /// <summary>What is handled again after a conflict counts when it is committed.</summary>
    protected async Task NoteAsync(string what, string id, HandlerContext context, string? name = null)
    {
        var ledgers = context.Repository<Ledger>();
        var ledger = await ledgers.FindAsync(name ?? "all") ?? Ledger.Of(name ?? "all");
        ledger.Orders = [.. ledger.Orders, id];
        await ledgers.SaveAsync(ledger);
        Handled.Enqueue($"{what} {id}");
    }
}
