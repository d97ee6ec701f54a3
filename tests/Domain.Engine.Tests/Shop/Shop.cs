namespace Protean.Tests.Shop;

public sealed record OrderPlaced(string OrderId, string BookId, int Quantity) : IDomainEvent;

public sealed record OrderShipped(string OrderId, string BookId, int Quantity) : IDomainEvent;

public sealed record StockWithdrawn(string BookId, int Quantity) : IDomainEvent;

public sealed record PlaceOrder(string OrderId, string BookId, int Quantity) : ICommand<string>;

public sealed record ShipOrder(string OrderId) : ICommand;

/// <summary>Event-sourced.</summary>
public sealed class Order : EventSourcedAggregate
{
    public string BookId { get; private set; } = "";

    public int Quantity { get; private set; }

    public bool IsShipped { get; private set; }

    public static Order Place(string id, string book = "b1", int quantity = 1)
    {
        var order = new Order { Id = id };
        order.Raise(new OrderPlaced(id, book, quantity));
        return order;
    }

    public void Ship() => Raise(new OrderShipped(Id, BookId, Quantity));

    void Apply(OrderPlaced e) => (BookId, Quantity) = (e.BookId, e.Quantity);

    void Apply(OrderShipped e) => IsShipped = true;
}

/// <summary>Its state is stored.</summary>
public sealed class Inventory : Aggregate
{
    public string BookId { get; set; } = "";

    public int InStock { get; set; }

    public int Withdrawals { get; private set; }

    public static Inventory Of(string book, int stock) => new() { Id = book, BookId = book, InStock = stock };

    public void Withdraw(int quantity)
    {
        InStock -= quantity;
        Withdrawals++;
        Raise(new StockWithdrawn(BookId, quantity));
    }
}

/// <summary>How many of a book were ordered, and in which order they came.</summary>
public sealed record BookSales(string BookId)
{
    public int Ordered { get; init; }

    public int Shipped { get; init; }

    public IReadOnlyList<string> Orders { get; init; } = [];
}
