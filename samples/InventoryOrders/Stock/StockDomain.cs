using InventoryOrders.Orders;
using Protean;

namespace InventoryOrders.Stock;

/// <summary>What the domain knows of the stock.</summary>
public static class StockDomain
{
    /// <summary>The durable name of the handler that follows orders.</summary>
    public const string FollowOrders = "follow-orders";

    /// <summary>The durable name of the handler that reorders.</summary>
    public const string ReorderSoldStock = "reorder-sold-stock";

    public static DomainBuilder AddStock(this DomainBuilder domain)
    {
        domain.Aggregate<Inventory>()
            .Raises<SupplierNamed>()
            .Raises<ReorderRequested>();

        domain.CommandHandler<Inventory>()
            .On<CountStock>(CountAsync)
            .On<Restock>(c => c.BookId, (inventory, c) => inventory.Restock(c.Quantity))
            .On<WithdrawStock>(c => c.BookId, (inventory, c) => inventory.Withdraw(c.Quantity))
            .On<NameSupplier>(c => c.BookId, (inventory, c) => inventory.NameSupplier(c.Supplier));

        domain.EventHandler<Inventory>()                          // part of Inventory ...
            .Named(FollowOrders)
            .StreamCategory<Order>()                              // ... listening to Order's events
            .Partitions(4)
            .PartitionBy<OrderShipped>(e => e.BookId)             // what changes one book stands in one line
            .PartitionBy<OrderCancelled>(e => e.BookId)
            .On<OrderShipped>(e => e.BookId, (inventory, e) =>
            {
                inventory.Release(e.OrderId, e.Quantity);
                inventory.Withdraw(e.Quantity);
            })
            .On<OrderCancelled>(e => e.BookId, (inventory, e) => inventory.Release(e.OrderId, e.Quantity));

        domain.EventHandler<Inventory>()
            .Named(ReorderSoldStock)
            .SourceStream<Order>()                                // only what has left because of an order
            .Use<ReorderSoldStock>();

        domain.Projection<StockLevel>().From<Inventory>()
            .On<StockCounted>(e => e.BookId, (stock, e) => stock with { InStock = e.Quantity })
            .On<StockReserved>(e => e.BookId, (stock, e) => stock with { Reserved = stock.Reserved + e.Quantity })
            .On<ReservationReleased>(e => e.BookId, (stock, e) => stock with { Reserved = stock.Reserved - e.Quantity })
            .On<StockWithdrawn>(e => e.BookId, (stock, e) => stock with { InStock = stock.InStock - e.Quantity })
            .On<StockRestocked>(e => e.BookId, (stock, e) => stock with { InStock = stock.InStock + e.Quantity })
            .On<StockAlertRaised>(e => e.BookId, (stock, e) => stock with { Alert = e.Reason })
            .On<StockAlertCleared>(e => e.BookId, (stock, _) => stock with { Alert = null });

        return domain;
    }

    private static async Task CountAsync(CountStock command, HandlerContext context)
    {
        var inventories = context.Repository<Inventory>();
        var inventory = await inventories.FindAsync(command.BookId, context.CancellationToken) ?? Inventory.Of(command.BookId);
        inventory.Count(command.Quantity, command.ReorderBelow);
        await inventories.SaveAsync(inventory, context.CancellationToken);
    }
}
