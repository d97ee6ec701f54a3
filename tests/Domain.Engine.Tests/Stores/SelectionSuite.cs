using System.Collections.Concurrent;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Stores;

/// <summary>Which messages a handler gets, and from where on: the store is asked for them, and has to know.</summary>
public abstract class SelectionSuite(IShopStore stores) : EngineTests(stores)
{
    private readonly ConcurrentQueue<string> _handled = new();

    [Fact(Timeout = HangLimit)]
    public async Task StartFrom_Beginning_HandlesEverything() => await HandlesAsync(StartFrom.Beginning, ["o1", "o2", "o3", "p1"]);

    [Fact(Timeout = HangLimit)]
    public async Task StartFrom_Now_HandlesOnlyWhatFollows() => await HandlesAsync(StartFrom.Now, ["p1"]);

    [Fact(Timeout = HangLimit)]
    public async Task StartFrom_Position_BeginsWithThatMessage() => await HandlesAsync(StartFrom.Position(2), ["o2", "o3", "p1"]);

    [Fact(Timeout = HangLimit)]
    public async Task StartFrom_Time_BeginsWithWhatHappenedThen()
    {
        await PlaceAsync(Shop(domain => domain.Event<OrderPlaced>()), 3);
        var then = (await Store.ReadLogAsync(new() { After = 1, MaxCount = 1 }, Cancellation)).Messages[0].Time;

        var shop = Shop(domain => Note(domain).StartFrom(StartFrom.Time(then)));
        await (await StartAsync(shop)).WaitUntilCaughtUpAsync(Cancellation);

        _handled.ShouldBe(["o2", "o3"]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Types_TheHandlerDoesNotName_AreNotDelivered()
    {
        var shop = Shop(domain =>
        {
            Note(domain);
            domain.EventHandler<Order>().Named("shipped").On<OrderShipped>((e, _) => _handled.Enqueue("shipped " + e.OrderId));
        });
        await PlaceAsync(shop, 1);
        var order = await shop.Repository<Order>().GetAsync("o1", Cancellation);
        order.Ship();
        await shop.Repository<Order>().SaveAsync(order, Cancellation);

        await (await StartAsync(shop)).WaitUntilCaughtUpAsync(Cancellation);

        _handled.ShouldBe(["o1", "shipped o1"], ignoreOrder: true);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Kinds_OfTheLog_EventsGoToHandlersAndCommandsDoNot()
    {
        var shop = Shop(domain =>
        {
            domain.CommandHandler<Order>().On<PlaceOrder, string>((command, context) =>
            {
                context.Repository<Order>().Add(Order.Place(command.OrderId, command.BookId, command.Quantity));
                return "placed";
            });
            domain.EventHandler().Named("audit").StreamCategory("$all").OnAny((message, _) => _handled.Enqueue(message.Type));
        });
        var engine = await StartAsync(shop);
        var handle = await shop.EnqueueAsync(new PlaceOrder("o1", "b1", 1), cancellationToken: Cancellation);
        await handle.WaitAsync<string>(Cancellation);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        // The command stands in the log, too.
        (await Store.GetHeadAsync(Cancellation)).ShouldBe(2);
        _handled.ShouldBe(["Shop.OrderPlaced.v1"]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task SourceStream_TakesOnlyWhatThatCategoryHasCaused()
    {
        var shop = Shop(domain =>
        {
            domain.EventHandler<Inventory>().Named("withdraw").StreamCategory<Order>().On<OrderPlaced>(e => e.BookId, (inventory, e) => inventory.Withdraw(e.Quantity));
            domain.EventHandler<Inventory>().Named("ordered").SourceStream("order").On<StockWithdrawn>((e, _) => _handled.Enqueue($"{e.Quantity}"));
        });
        var inventory = Inventory.Of("b1", 50);
        inventory.Withdraw(7);
        await shop.Repository<Inventory>().SaveAsync(inventory, Cancellation);
        await PlaceAsync(shop, 2);

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        _handled.ShouldBe(["1", "1"]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task SourceStream_WhileBehindAndAtTheTail_SelectsTheSame()
    {
        var shop = Shop(domain =>
        {
            domain.CommandHandler<Inventory>().StreamCategory("stocktaking").On<ShipOrder>(async (command, context) =>
                (await context.Repository<Inventory>().GetAsync("b1", context.CancellationToken)).Withdraw(int.Parse(command.OrderId, System.Globalization.CultureInfo.InvariantCulture)));
            domain.EventHandler<Inventory>().Named("counted").SourceStream("stocktaking").On<StockWithdrawn>((e, _) => _handled.Enqueue($"{e.Quantity}"));
        });
        await shop.Repository<Inventory>().SaveAsync(Inventory.Of("b1", 50), Cancellation);
        await WithdrawAsync(shop, 1);
        var before = await shop.EnqueueAsync(new ShipOrder("2"), cancellationToken: Cancellation);

        var engine = await StartAsync(shop);
        await before.WaitAsync(Cancellation);
        await WithdrawAsync(shop, 3);
        await (await shop.EnqueueAsync(new ShipOrder("4"), cancellationToken: Cancellation)).WaitAsync(Cancellation);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        _handled.ShouldBe(["2", "4"]);
    }

    private static async Task WithdrawAsync(Domain shop, int quantity)
    {
        var inventory = await shop.Repository<Inventory>().GetAsync("b1", Cancellation);
        inventory.Withdraw(quantity);
        await shop.Repository<Inventory>().SaveAsync(inventory, Cancellation);
    }

    /// <summary>Three orders are there when the handler begins, and one comes later.</summary>
    private async Task HandlesAsync(StartFrom start, string[] expected)
    {
        var shop = Shop(domain => Note(domain).StartFrom(start));
        await PlaceAsync(shop, 3);
        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        await PlaceAsync(shop, 1, n => $"p{n}");
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        _handled.ShouldBe(expected);
    }

    private AggregateEventHandlerBuilder<Order> Note(DomainBuilder domain) =>
        domain.EventHandler<Order>().Named("note").On<OrderPlaced>((e, _) => _handled.Enqueue(e.OrderId));
}
