using System.Collections.Concurrent;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Delivery;

/// <summary>What is stored reaches its handlers.</summary>
public sealed class DeliveryTests : EngineTests
{
    [Fact(Timeout = HangLimit)]
    public async Task Event_StoredBeforeTheEngineStarted_IsHandled()
    {
        ConcurrentQueue<string> handled = new();
        var shop = Shop(domain => domain.EventHandler<Order>().On<OrderPlaced>((e, _) => handled.Enqueue(e.OrderId)));
        await PlaceAsync(shop, 3);

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        handled.ShouldBe(["o1", "o2", "o3"]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Event_StoredWhileTheEngineRuns_IsHandled()
    {
        ConcurrentQueue<string> handled = new();
        var shop = Shop(domain => domain.EventHandler<Order>().On<OrderPlaced>((e, _) => handled.Enqueue(e.OrderId)));
        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        await PlaceAsync(shop, 3);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        handled.ShouldBe(["o1", "o2", "o3"]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task WaitUntilQuiet_WhenHandlersRaiseWhatOthersHandle_WaitsForTheLastOfThem()
    {
        const int Links = 12;
        ConcurrentQueue<string> handled = new();
        var shop = Shop(domain => domain.EventHandler<Order>().On<OrderPlaced>((e, context) =>
        {
            handled.Enqueue(e.OrderId);
            if (handled.Count < Links)
                context.Repository<Order>().Add(Order.Place($"{e.OrderId}+"));
        }));
        var engine = await StartAsync(shop);
        await PlaceAsync(shop, 1);

        var last = await engine.WaitUntilQuietAsync(Cancellation);

        handled.Count.ShouldBe(Links);
        last.ShouldBe(await Store.GetHeadAsync(Cancellation));
    }

    [Fact(Timeout = HangLimit)]
    public async Task Handler_ThatChangesOneAggregateForManyEvents_DoesItOnceForEach()
    {
        var shop = Shop(domain => domain.EventHandler<Inventory>().StreamCategory<Order>()
            .On<OrderPlaced>(e => e.BookId, (inventory, e) => inventory.Withdraw(e.Quantity)));
        await shop.Repository<Inventory>().SaveAsync(Inventory.Of("b1", 1000), Cancellation);
        await PlaceAsync(shop, 200);

        var engine = await StartAsync(shop);
        await PlaceAsync(shop, 100, n => $"p{n}");
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        var inventory = await shop.Repository<Inventory>().GetAsync("b1", Cancellation);
        (inventory.InStock, inventory.Withdrawals).ShouldBe((700, 300));
    }

    [Fact(Timeout = HangLimit)]
    public async Task Handler_ThatChangesAnEventSourcedAggregate_SeesWhatItHasDoneBefore()
    {
        var shop = Shop(domain => domain.EventHandler<Order>()
            .On<OrderPlaced>(e => e.OrderId, (order, _) => order.Ship()));
        await PlaceAsync(shop, 50);

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        for (var n = 1; n <= 50; n++)
            (await shop.Repository<Order>().GetAsync($"o{n}", Cancellation)).IsShipped.ShouldBeTrue();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Projection_OfManyEvents_HasThemAllInOrder()
    {
        var shop = Shop(domain => domain.Projection<BookSales>().From<Order>()
            .On<OrderPlaced>(e => e.BookId, (view, e) => view with { Ordered = view.Ordered + e.Quantity, Orders = [.. view.Orders, e.OrderId] }));
        await PlaceAsync(shop, 100);

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync<BookSales>(cancellationToken: Cancellation);

        var sales = (await shop.View<BookSales>().GetAsync("b1", Cancellation)).ShouldNotBeNull();
        sales.Ordered.ShouldBe(100);
        sales.Orders.ShouldBe(Enumerable.Range(1, 100).Select(n => $"o{n}"));
    }

    [Fact(Timeout = HangLimit)]
    public async Task Engine_StartedAgain_GoesOnWhereItWas()
    {
        ConcurrentQueue<string> handled = new();
        void Declare(DomainBuilder domain) => domain.EventHandler<Order>().On<OrderPlaced>((e, _) => handled.Enqueue(e.OrderId));
        var shop = Shop(Declare);
        await PlaceAsync(shop, 2);
        var first = await StartAsync(shop);
        await first.WaitUntilCaughtUpAsync(Cancellation);
        await first.StopAsync(Cancellation);
        await PlaceAsync(shop, 2, n => $"p{n}");

        var second = await StartAsync(Shop(Declare));
        await second.WaitUntilCaughtUpAsync(Cancellation);

        handled.ShouldBe(["o1", "o2", "p1", "p2"]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task EnqueuedCommand_IsHandledOnceAndItsResultReturned()
    {
        var handled = 0;
        var shop = Shop(domain => domain.CommandHandler<Order>().On<PlaceOrder, string>((command, context) =>
        {
            Interlocked.Increment(ref handled);
            context.Repository<Order>().Add(Order.Place(command.OrderId, command.BookId, command.Quantity));
            return "placed " + command.OrderId;
        }));
        var engine = await StartAsync(shop);

        var handle = await shop.EnqueueAsync(new PlaceOrder("o1", "b1", 2), cancellationToken: Cancellation);

        (await handle.WaitAsync<string>(Cancellation)).ShouldBe("placed o1");
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        handled.ShouldBe(1);
        (await shop.Repository<Order>().GetAsync("o1", Cancellation)).Quantity.ShouldBe(2);
    }
}
