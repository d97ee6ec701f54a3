using InventoryOrders.Stock;
using Protean;

namespace InventoryOrders.Orders;

/// <summary>What the domain knows of orders.</summary>
public static class OrdersDomain
{
    public static DomainBuilder AddOrders(this DomainBuilder domain)
    {
        domain.Aggregate<Order>();

        domain.CommandHandler<Order>()
            .RetryConflicts(10)                                   // of a bestseller, many want a copy at the same moment
            .On<PlaceOrder>(PlaceAsync)
            .On<ShipOrder>(c => c.OrderId, (order, _) => order.Ship())
            .On<CancelOrder>(c => c.OrderId, (order, c) => order.Cancel(c.Reason));

        domain.Projection<OrderSummary>().From<Order>()
            .Index(order => order.Status)
            .Create<OrderPlaced>(e => e.OrderId, e => new(e.OrderId, e.BookId, e.Quantity, OrderStatus.Placed))
            .Update<OrderShipped>(e => e.OrderId, (order, _) => order with { Status = OrderStatus.Shipped })
            .Update<OrderCancelled>(e => e.OrderId, (order, e) => order with { Status = OrderStatus.Cancelled, CancelledBecause = e.Reason });

        return domain;
    }

    /// <summary>Order and reservation are one commit, so that the shop never promises what it does not have.</summary>
    private static async Task PlaceAsync(PlaceOrder command, HandlerContext context)
    {
        var orders = context.Repository<Order>();
        if (await orders.ExistsAsync(command.OrderId, context.CancellationToken))
            throw new OrderExistsException(command.OrderId);
        orders.Add(Order.Place(command.OrderId, command.BookId, command.Quantity));
        var inventory = await context.Repository<Inventory>().GetAsync(command.BookId, context.CancellationToken);
        inventory.Reserve(command.OrderId, command.Quantity);
    }
}
