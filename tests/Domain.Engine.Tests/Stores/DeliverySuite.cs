using System.Collections.Concurrent;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Stores;

/// <summary>What is stored reaches each of its handlers once and in order, whichever store it stands in.</summary>
public abstract class DeliverySuite(IShopStore stores) : EngineTests(stores)
{
    private readonly ConcurrentQueue<string> _handled = new();

    [Fact(Timeout = HangLimit)]
    public async Task Events_BeforeAndWhileTheEngineRuns_ReachEachHandlerOnceAndInOrder()
    {
        ConcurrentQueue<string> second = new();
        var shop = Shop(domain =>
        {
            domain.EventHandler<Order>().Named("first").On<OrderPlaced>((e, _) => _handled.Enqueue(e.OrderId));
            domain.EventHandler<Order>().Named("second").On<OrderPlaced>((e, _) => second.Enqueue(e.OrderId));
            domain.EventHandler<Inventory>().Named("withdraw").StreamCategory<Order>().On<OrderPlaced>(e => e.BookId, (inventory, e) => inventory.Withdraw(e.Quantity));
        });
        await shop.Repository<Inventory>().SaveAsync(Inventory.Of("b1", 100), Cancellation);
        await PlaceAsync(shop, 20);

        var engine = await StartAsync(shop);
        await PlaceAsync(shop, 20, n => $"p{n}");
        // Another process, of which the engine hears through the store only.
        await PlaceAsync(Shop(domain => domain.Event<OrderPlaced>()), 20, n => $"q{n}");
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        IEnumerable<string> all = [.. Numbers("o", 20), .. Numbers("p", 20), .. Numbers("q", 20)];
        _handled.ShouldBe(all);
        second.ShouldBe(all);
        var inventory = await shop.Repository<Inventory>().GetAsync("b1", Cancellation);
        (inventory.InStock, inventory.Withdrawals).ShouldBe((40, 60));
    }

    [Fact(Timeout = HangLimit)]
    public async Task Events_ThatHandlersRaise_ReachTheirHandlersToo()
    {
        var shop = Shop(domain =>
        {
            domain.EventHandler<Order>().Named("ship").On<OrderPlaced>(e => e.OrderId, (order, _) => order.Ship());
            domain.EventHandler<Order>().Named("shipped").On<OrderShipped>((e, _) => _handled.Enqueue(e.OrderId));
        });
        await PlaceAsync(shop, 20);

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        _handled.ShouldBe(Numbers("o", 20));
        for (var n = 1; n <= 20; n++)
            (await shop.Repository<Order>().GetAsync($"o{n}", Cancellation)).Version.ShouldBe(1);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Engine_StartedAgain_GoesOnWhereItWas()
    {
        void Declare(DomainBuilder domain) => domain.EventHandler<Order>().On<OrderPlaced>((e, _) => _handled.Enqueue(e.OrderId));
        var shop = Shop(Declare);
        await PlaceAsync(shop, 3);
        var first = await StartAsync(shop);
        await first.WaitUntilCaughtUpAsync(Cancellation);
        await first.StopAsync(Cancellation);
        await PlaceAsync(shop, 3, n => $"p{n}");

        var second = await StartAsync(Shop(Declare));
        await second.WaitUntilCaughtUpAsync(Cancellation);

        _handled.ShouldBe([.. Numbers("o", 3), .. Numbers("p", 3)]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Commands_EnqueuedByAnotherProcess_AreHandledOnceInTheOrderOfTheirAggregate()
    {
        var engine = await StartAsync(Shop(Placing));
        var caller = Shop(Placing);

        var handles = new List<CommandHandle>();
        for (var n = 1; n <= 10; n++)
        {
            handles.Add(await caller.EnqueueAsync(new PlaceOrder($"o{n}", "b1", n), cancellationToken: Cancellation));
            handles.Add(await caller.EnqueueAsync(new ShipOrder($"o{n}"), cancellationToken: Cancellation));
        }

        for (var n = 1; n <= 10; n++)
        {
            (await handles[(2 * n) - 2].WaitAsync<string>(Cancellation)).ShouldBe($"placed o{n}");
            await handles[(2 * n) - 1].WaitAsync(Cancellation);
            (await caller.Repository<Order>().GetAsync($"o{n}", Cancellation)).IsShipped.ShouldBeTrue();
        }

        await engine.WaitUntilCaughtUpAsync(Cancellation);
        _handled.Count.ShouldBe(20);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Command_WithAKeyThatWasSeen_IsHandledOnce()
    {
        var shop = Shop(Placing);
        var engine = await StartAsync(shop);
        var options = new CommandOptions { IdempotencyKey = "k" };

        var first = await shop.EnqueueAsync(new PlaceOrder("o1", "b1", 1), options, Cancellation);
        var second = await shop.EnqueueAsync(new PlaceOrder("o1", "b1", 1), options, Cancellation);

        (await first.WaitAsync<string>(Cancellation)).ShouldBe("placed o1");
        (await second.WaitAsync<string>(Cancellation)).ShouldBe("placed o1");
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        _handled.ShouldHaveSingleItem();
    }

    [Fact(Timeout = HangLimit)]
    public async Task WaitUntilCaughtUp_OnEachOfTwoNodes_LetsTheCallerReadWhatItWrote()
    {
        static void Declare(DomainBuilder domain) => domain.Projection<BookSales>().From<Order>()
            .On<OrderPlaced>(e => e.BookId, (view, e) => view with { Ordered = view.Ordered + 1 });
        var (shop, other) = (Shop(Declare), Shop(Declare));
        var engines = new[] { await StartAsync(shop), await StartAsync(other) };

        for (var n = 1; n <= 10; n++)
        {
            await PlaceAsync(shop, 1, _ => $"o{n}");
            await engines[n % 2].WaitUntilCaughtUpAsync<BookSales>(cancellationToken: Cancellation);
            (await shop.View<BookSales>().GetAsync("b1", Cancellation)).ShouldNotBeNull().Ordered.ShouldBe(n);
        }
    }

    [Fact(Timeout = HangLimit)]
    public async Task Stop_WhileAHandlerRuns_WaitsForItAndLeavesTheRestToTheNextEngine()
    {
        TaskCompletionSource entered = new(TaskCreationOptions.RunContinuationsAsynchronously), gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        void Declare(DomainBuilder domain) => domain.EventHandler<Inventory>().StreamCategory<Order>().On<OrderPlaced>(async (e, context) =>
        {
            (await context.Repository<Inventory>().GetAsync(e.BookId, context.CancellationToken)).Withdraw(e.Quantity);
            entered.TrySetResult();
            await gate.Task;
            _handled.Enqueue(e.OrderId);
        });
        var shop = Shop(Declare);
        await shop.Repository<Inventory>().SaveAsync(Inventory.Of("b1", 10), Cancellation);
        var first = await StartAsync(shop);
        await PlaceAsync(shop, 5);
        await entered.Task;

        var stopping = first.StopAsync(Cancellation);
        await Until(() => Log.Lines.Any(l => l.Id == 2024));
        stopping.IsCompleted.ShouldBeFalse();
        gate.SetResult();
        await stopping;

        _handled.ShouldBe(["o1"]);
        (await shop.Repository<Inventory>().GetAsync("b1", Cancellation)).Withdrawals.ShouldBe(1);
        var second = await StartAsync(Shop(Declare));
        await second.WaitUntilCaughtUpAsync(Cancellation);
        _handled.ShouldBe(Numbers("o", 5));
        (await shop.Repository<Inventory>().GetAsync("b1", Cancellation)).Withdrawals.ShouldBe(5);
        (await second.DeadLetters.CountAsync(new() { Status = Storage.FailureStatus.Retrying }, Cancellation)).ShouldBe(0);
    }

    private static IEnumerable<string> Numbers(string letter, int count) => Enumerable.Range(1, count).Select(n => $"{letter}{n}");

    private void Placing(DomainBuilder domain) => domain.CommandHandler<Order>()
        .On<PlaceOrder, string>((command, context) =>
        {
            _handled.Enqueue(command.OrderId);
            context.Repository<Order>().Add(Order.Place(command.OrderId, command.BookId, command.Quantity));
            return "placed " + command.OrderId;
        })
        .On<ShipOrder>(c => c.OrderId, (order, _) =>
        {
            _handled.Enqueue(order.Id);
            order.Ship();
        });
}
