using Protean;

namespace InventoryOrders.Orders;

/// <summary>What has become of an order.</summary>
public enum OrderStatus
{
    Placed,
    Shipped,
    Cancelled,
}

/// <summary>An order of one book. Its state is the fold of its events.</summary>
public sealed class Order : EventSourcedAggregate
{
    public string BookId { get; private set; } = "";

    public int Quantity { get; private set; }

    public OrderStatus Status { get; private set; }

    public static Order Place(string id, string bookId, int quantity)
    {
        var order = new Order { Id = id };
        order.Ensure(quantity > 0, "an order is for one copy at least");
        order.Raise(new OrderPlaced(id, bookId, quantity));
        return order;
    }

    public void Ship()
    {
        Ensure(Status == OrderStatus.Placed, $"only a placed order can ship, and this one is {Said(Status)}");
        Raise(new OrderShipped(Id, BookId, Quantity));
    }

    public void Cancel(string reason)
    {
        Ensure(Status == OrderStatus.Placed, $"only a placed order can be cancelled, and this one is {Said(Status)}");
        Raise(new OrderCancelled(Id, BookId, Quantity, reason));
    }

    private void Apply(OrderPlaced e) => (BookId, Quantity, Status) = (e.BookId, e.Quantity, OrderStatus.Placed);

    private void Apply(OrderShipped e) => Status = OrderStatus.Shipped;

    private void Apply(OrderCancelled e) => Status = OrderStatus.Cancelled;

    private static string Said(OrderStatus status) => status switch
    {
        OrderStatus.Shipped => "shipped already",
        OrderStatus.Cancelled => "cancelled",
        _ => "placed",
    };
}
