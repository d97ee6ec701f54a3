using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shouldly;
using Xunit;

namespace Protean.Tests.NorthStar;

/// <summary>The listings that the whole framework is built towards, run as they stand.</summary>
public sealed class InventoryOrdersTests : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly IDomain _domain;

    public InventoryOrdersTests()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<Checkout>();
        services.AddDomain("inventory-orders", domain =>
        {
            domain.EventProcessing = EventProcessing.Inline;
            domain.Aggregate<Order>();
            domain.Aggregate<Inventory>().Unique(i => i.BookId);

            domain.CommandHandler<Order>()
                .StreamCategory("manage_order")
                .On<PlaceOrder, Receipt>((command, context) =>
                {
                    context.Repository<Order>().Add(Order.Place(command));
                    return new Receipt(command.OrderId);
                })
                .On<ShipOrder>(c => c.OrderId, (order, c) => order.Ship());

            domain.EventHandler<Inventory>()
                .Named("withdraw-shipped-stock")
                .StreamCategory<Order>()
                .SourceStream("manage_order")
                .On<OrderShipped>(async (shipped, context) =>
                {
                    var inventory = await context.Repository<Inventory>().GetByAsync(i => i.BookId == shipped.BookId);
                    inventory.Withdraw(shipped.Quantity);
                })
                .HandleError((error, message, context) => context.Logger.LogError(error, "could not update stock for {Id}", message.Id));

            domain.EventHandler<Inventory>().Use<StockAlerts>();

            domain.Projection<StockLevel>().From<Inventory>()
                .On<StockCounted>(e => e.BookId, (view, e) => view with { InStock = e.Quantity })
                .On<StockWithdrawn>(e => e.BookId, (view, e) => view with { InStock = view.InStock - e.Quantity });
        })
        .UseInMemory();
        _services = services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
        _domain = _services.GetRequiredService<IDomain>();
    }

    [Fact]
    public async Task AnOrderShipped_LowersTheStock()
    {
        var checkout = _services.GetRequiredService<Checkout>();
        await _services.GetRequiredService<IRepository<Inventory>>().SaveAsync(Inventory.Count("b-1", 100));

        var receipt = await checkout.Place(new PlaceOrder("o-1", "b-1", 10), default);
        await _domain.ProcessAsync(new ShipOrder("o-1"));

        receipt.OrderId.ShouldBe("o-1");
        (await checkout.Stock("b-1", default)).ShouldBe(new StockLevel("b-1", 90));
        StockAlerts.Seen.ShouldContain("b-1");
    }

    [Fact]
    public async Task AnOrderShippedOutsideACommand_IsNotFromTheSourceStream()
    {
        var checkout = _services.GetRequiredService<Checkout>();
        await _services.GetRequiredService<IRepository<Inventory>>().SaveAsync(Inventory.Count("b-2", 100));
        await checkout.Place(new PlaceOrder("o-2", "b-2", 10), default);

        await checkout.Ship("o-2", default);

        (await checkout.Stock("b-2", default)).ShouldBe(new StockLevel("b-2", 100));
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}

public sealed class Checkout(IDomain domain, IRepository<Order> orders)
{
    public async Task Ship(string id, CancellationToken ct)
    {
        var order = await orders.GetAsync(id, ct);
        order.Ship();
        await orders.SaveAsync(order, ct);
    }

    public Task<Receipt> Place(PlaceOrder command, CancellationToken ct) => domain.ProcessAsync(command, ct);

    public Task<StockLevel?> Stock(string bookId, CancellationToken ct) => domain.View<StockLevel>().GetAsync(bookId, ct);
}

public sealed record PlaceOrder(string OrderId, string BookId, int Quantity) : ICommand<Receipt>;

public sealed record ShipOrder(string OrderId) : ICommand;

public sealed record Receipt(string OrderId);

public sealed record OrderPlaced(string OrderId, string BookId, int Quantity) : IDomainEvent;

public sealed record OrderShipped(string OrderId, string BookId, int Quantity) : IDomainEvent;

public sealed record StockCounted(string BookId, int Quantity) : IDomainEvent;

public sealed record StockWithdrawn(string BookId, int Quantity) : IDomainEvent;

public sealed record StockLevel(string BookId, int InStock);

public enum OrderStatus
{
    Placed,
    Shipped,
}

public sealed class Order : EventSourcedAggregate
{
    public string BookId { get; private set; } = "";

    public int Quantity { get; private set; }

    public OrderStatus Status { get; private set; }

    public static Order Place(PlaceOrder command)
    {
        var order = new Order { Id = command.OrderId };
        order.Raise(new OrderPlaced(command.OrderId, command.BookId, command.Quantity));
        return order;
    }

    public void Ship()
    {
        Ensure(Status == OrderStatus.Placed, "only a placed order can ship");
        Raise(new OrderShipped(Id, BookId, Quantity));
    }

    void Apply(OrderPlaced e)
    {
        BookId = e.BookId;
        Quantity = e.Quantity;
    }

    void Apply(OrderShipped e) => Status = OrderStatus.Shipped;
}

public sealed class Inventory : Aggregate
{
    public string BookId { get; private set; } = "";

    public int InStock { get; private set; }

    public static Inventory Count(string bookId, int quantity)
    {
        var inventory = new Inventory { Id = "inventory-of-" + bookId, BookId = bookId, InStock = quantity };
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

public sealed class StockAlerts(ILogger<StockAlerts> logger) : IHandle<StockWithdrawn>, IHandleErrors
{
    public static List<string> Seen { get; } = [];

    public Task HandleAsync(StockWithdrawn message, HandlerContext context)
    {
        logger.LogDebug("withdrawn");
        Seen.Add(message.BookId);
        return Task.CompletedTask;
    }

    public Task HandleErrorAsync(Exception error, Message message, HandlerContext context) => Task.CompletedTask;
}
