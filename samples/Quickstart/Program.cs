using Protean;

await using var domain = Domain.Create("bookshop", domain =>
{
    domain.Aggregate<Order>();
    domain.Aggregate<Inventory>().Unique(i => i.BookId);

    domain.CommandHandler<Order>()
        .On<PlaceOrder>((command, context) => context.Repository<Order>().Add(Order.Place(command)))
        .On<ShipOrder>(c => c.OrderId, (order, c) => order.Ship());      // load, act, save

    domain.EventHandler<Inventory>()                                     // part of Inventory ...
        .StreamCategory<Order>()                                         // ... listening to Order's events
        .Inline()                                                        // before the command returns
        .On<OrderShipped>(async (shipped, context) =>
        {
            var inventory = await context.Repository<Inventory>().GetByAsync(i => i.BookId == shipped.BookId);
            inventory.Withdraw(shipped.Quantity);
        });

    domain.Projection<StockLevel>().From<Inventory>().Inline()
        .On<StockCounted>(e => e.BookId, (view, e) => view with { InStock = e.Quantity })
        .On<StockWithdrawn>(e => e.BookId, (view, e) => view with { InStock = view.InStock - e.Quantity });

    domain.UseInMemory();
});

await domain.Repository<Inventory>().SaveAsync(Inventory.Count("dune", 100));
await domain.ProcessAsync(new PlaceOrder("order-1", "dune", 10));
await domain.ProcessAsync(new ShipOrder("order-1"));
Console.WriteLine(await domain.View<StockLevel>().GetAsync("dune"));

try
{
    await domain.ProcessAsync(new ShipOrder("order-1"));
}
catch (ValidationException e)
{
    Console.WriteLine(e.Message);
}

public sealed record PlaceOrder(string OrderId, string BookId, int Quantity) : ICommand;
public sealed record ShipOrder(string OrderId) : ICommand;

public sealed record OrderPlaced(string OrderId, string BookId, int Quantity) : IDomainEvent;
public sealed record OrderShipped(string OrderId, string BookId, int Quantity) : IDomainEvent;
public sealed record StockCounted(string BookId, int Quantity) : IDomainEvent;
public sealed record StockWithdrawn(string BookId, int Quantity) : IDomainEvent;

public sealed record StockLevel(string BookId, int InStock);

public sealed class Order : EventSourcedAggregate                        // state is the fold of its stream
{
    private OrderPlaced? _placed;
    private bool _shipped;

    public static Order Place(PlaceOrder command)
    {
        var order = new Order { Id = command.OrderId };
        order.Raise(new OrderPlaced(command.OrderId, command.BookId, command.Quantity));
        return order;
    }

    public void Ship()
    {
        Ensure(!_shipped, "an order ships once");
        Raise(new OrderShipped(Id, _placed!.BookId, _placed.Quantity));
    }

    void Apply(OrderPlaced e) => _placed = e;
    void Apply(OrderShipped e) => _shipped = true;
}

public sealed class Inventory : Aggregate                                // state is stored, events are recorded beside it
{
    public string BookId { get; private set; } = "";
    public int InStock { get; private set; }

    public static Inventory Count(string bookId, int quantity)
    {
        var inventory = new Inventory { Id = $"stock-of-{bookId}", BookId = bookId, InStock = quantity };
        inventory.Raise(new StockCounted(bookId, quantity));
        return inventory;
    }

    public void Withdraw(int quantity)
    {
        InStock -= quantity;
        Raise(new StockWithdrawn(BookId, quantity));
    }

    [Invariant]
    void NeverNegative() => Ensure(InStock >= 0, "stock cannot go below zero");
}
