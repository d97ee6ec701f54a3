using Protean.Testing;

namespace Protean.Tests;

/// <summary>A small domain: an order that ships lowers a stock, a low stock is reordered, and a reorder is sent to the supplier.</summary>
internal static class Bookshop
{
    public static TestDomain Create(Action<DomainBuilder>? more = null, FakeClock? clock = null) => TestDomain.Create("bookshop", domain =>
    {
        domain.Aggregate<Order>();
        domain.Aggregate<Stock>().Raises<StockCounted>();
        domain.Aggregate<Reorder>();
        domain.Event<ReorderConfirmed>();
        domain.CommandHandler<Order>()
            .On<PlaceOrder, Receipt>((command, context) =>
            {
                context.Repository<Order>().Add(Order.Place(command.OrderId, command.BookId, command.Quantity));
                return new Receipt(command.OrderId, command.Quantity * 9.5m);
            })
            .On<ShipOrder>(c => c.OrderId, (order, _) => order.Ship());
        domain.EventHandler<Stock>().Named("withdraw").StreamCategory<Order>()
            .On<OrderShipped>(e => e.BookId, (stock, e) => stock.Withdraw(e.Quantity));
        domain.EventHandler<Reorder>().Named("reorder").StreamCategory<Stock>()
            .On<StockWithdrawn>((e, context) =>
            {
                if (e.Left < 5)
                    context.Repository<Reorder>().Add(Reorder.Request(e.BookId));
            });
        domain.Projection<StockLevel>().From<Stock>()
            .On<StockCounted>(e => e.BookId, (view, e) => view with { Left = e.Quantity })
            .On<StockWithdrawn>(e => e.BookId, (view, e) => view with { Left = e.Left });
        more?.Invoke(domain);
    }, clock);
}

public sealed record PlaceOrder(string OrderId, string BookId, int Quantity) : ICommand<Receipt>;

public sealed record ShipOrder(string OrderId) : ICommand;

public sealed record Receipt(string OrderId, decimal Total);

public sealed record OrderPlaced(string OrderId, string BookId, int Quantity) : IDomainEvent;

public sealed record OrderShipped(string OrderId, string BookId, int Quantity) : IDomainEvent;

public sealed record StockCounted(string BookId, int Quantity) : IDomainEvent;

public sealed record StockWithdrawn(string BookId, int Quantity, int Left) : IDomainEvent;

public sealed record ReorderRequested(string ReorderId) : IDomainEvent;

public sealed record ReorderConfirmed(string ReorderId) : IDomainEvent;

public sealed record StockLevel(string BookId, int Left);

public sealed class Order : EventSourcedAggregate
{
    public string BookId { get; private set; } = "";

    public int Quantity { get; private set; }

    public bool IsShipped { get; private set; }

    public static Order Place(string orderId, string bookId, int quantity)
    {
        if (quantity <= 0)
            throw new ArgumentOutOfRangeException(nameof(quantity), "order at least one book");
        var order = new Order { Id = orderId };
        order.Raise(new OrderPlaced(orderId, bookId, quantity));
        return order;
    }

    public void Ship()
    {
        Ensure(!IsShipped, "an order ships once");
        Raise(new OrderShipped(Id, BookId, Quantity));
    }

    public async Task ShipAsync()
    {
        await Task.Yield();
        Ship();
    }

    void Apply(OrderPlaced e) => (BookId, Quantity) = (e.BookId, e.Quantity);

    void Apply(OrderShipped _) => IsShipped = true;
}

public sealed class Stock : Aggregate
{
    public int Left { get; private set; }

    public static Stock Count(string bookId, int quantity)
    {
        var stock = new Stock { Id = bookId, Left = quantity };
        stock.Raise(new StockCounted(bookId, quantity));
        return stock;
    }

    public void Withdraw(int quantity)
    {
        Left -= quantity;
        Raise(new StockWithdrawn(Id, quantity, Left));
    }

    [Invariant]
    void NeverNegative() => Ensure(Left >= 0, "stock cannot go below zero");
}

public sealed class Reorder : EventSourcedAggregate
{
    public bool IsConfirmed { get; private set; }

    public static Reorder Request(string bookId)
    {
        var reorder = new Reorder { Id = bookId };
        reorder.Raise(new ReorderRequested(bookId));
        return reorder;
    }

    public void Confirm() => Raise(new ReorderConfirmed(Id));

    void Apply(ReorderRequested _) => IsConfirmed = false;

    void Apply(ReorderConfirmed _) => IsConfirmed = true;
}
