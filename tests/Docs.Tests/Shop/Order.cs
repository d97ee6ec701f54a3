namespace Protean.Docs.Shop;

/// <summary>The order that most guides work with.</summary>
public sealed class Order : EventSourcedAggregate
{
    private OrderPlaced? _placed;
    private bool _isOver;

    public string? Delay { get; private set; }

    public static Order Place(PlaceOrder command)
    {
        var order = new Order { Id = command.OrderId };
        order.Raise(new OrderPlaced(command.OrderId, command.BookId, command.Quantity));
        return order;
    }

    public void Ship()
    {
        Ensure(!_isOver, "an order ships once, unless it is cancelled");
        Raise(new OrderShipped(Id, _placed!.BookId, _placed.Quantity));
    }

    public void Cancel()
    {
        Ensure(!_isOver, "an order that is over cannot be cancelled");
        Raise(new OrderCancelled(Id));
    }

    /// <summary>Says once that it takes longer.</summary>
    public void DelayedBy(string reason)
    {
        if (Delay is null)
            Raise(new OrderDelayed(Id, reason));
    }

    void Apply(OrderPlaced e) => _placed = e;

    void Apply(OrderShipped e) => _isOver = true;

    void Apply(OrderCancelled e) => _isOver = true;

    void Apply(OrderDelayed e) => Delay = e.Reason;
}

/// <summary>The copies of one book; its id is that of the book.</summary>
public sealed class Inventory : Aggregate
{
    public int InStock { get; private set; }

    public static Inventory Count(string bookId, int quantity)
    {
        var inventory = new Inventory { Id = bookId, InStock = quantity };
        inventory.Raise(new StockCounted(bookId, quantity));
        return inventory;
    }

    public void Withdraw(int quantity)
    {
        InStock -= quantity;
        Raise(new StockWithdrawn(Id, quantity));
    }

    [Invariant]
    void NeverNegative() => Ensure(InStock >= 0, "stock cannot go below zero");
}
