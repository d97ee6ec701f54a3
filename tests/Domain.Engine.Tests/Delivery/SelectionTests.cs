using System.Collections.Concurrent;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Delivery;

/// <summary>Which messages a handler gets, and from where on.</summary>
public sealed class SelectionTests : EngineTests
{
    private readonly ConcurrentQueue<string> _handled = new();

    [Fact(Timeout = HangLimit)]
    public async Task StartFrom_Now_HandlesOnlyWhatFollows()
    {
        var shop = Shop(domain => Note(domain).StartFrom(StartFrom.Now));
        await PlaceAsync(shop, 3);
        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        await PlaceAsync(shop, 2, n => $"p{n}");
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        _handled.ShouldBe(["p1", "p2"]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task StartFrom_Position_BeginsWithThatMessage()
    {
        var shop = Shop(domain => Note(domain).StartFrom(StartFrom.Position(2)));
        await PlaceAsync(shop, 3);

        await (await StartAsync(shop)).WaitUntilCaughtUpAsync(Cancellation);

        _handled.ShouldBe(["o2", "o3"]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task StartFrom_Time_BeginsWithWhatHappenedThen()
    {
        await PlaceAsync(Shop(domain => domain.Event<OrderPlaced>()), 2);
        var then = (await Store.ReadLogAsync(new() { After = 1, MaxCount = 1 }, Cancellation)).Messages[0].Time;
        var shop = Shop(domain => Note(domain).StartFrom(StartFrom.Time(then)));
        await PlaceAsync(shop, 1, _ => "o3");

        await (await StartAsync(shop)).WaitUntilCaughtUpAsync(Cancellation);

        _handled.ShouldBe(["o2", "o3"]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task StartFrom_OfAHandlerThatHasAPosition_ChangesNothing()
    {
        var shop = Shop(domain => Note(domain));
        await PlaceAsync(shop, 2);
        var first = await StartAsync(shop);
        await first.WaitUntilCaughtUpAsync(Cancellation);
        await first.StopAsync(Cancellation);
        await PlaceAsync(shop, 1, _ => "o3");

        await (await StartAsync(Shop(domain => Note(domain).StartFrom(StartFrom.Now)))).WaitUntilCaughtUpAsync(Cancellation);

        _handled.ShouldBe(["o1", "o2", "o3"]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task AllCategories_AnyEvent_GetsEverythingInTheOrderOfTheLog()
    {
        var shop = Shop(domain => domain.EventHandler().Named("audit").StreamCategory("$all").OnAny((message, _) => _handled.Enqueue($"{message.Type} {message.GlobalPosition}")));
        await PlaceAsync(shop, 1);
        var inventory = Inventory.Of("b1", 5);
        inventory.Withdraw(1);
        await shop.Repository<Inventory>().SaveAsync(inventory, Cancellation);
        await PlaceAsync(shop, 1, _ => "o2");

        await (await StartAsync(shop)).WaitUntilCaughtUpAsync(Cancellation);

        _handled.ShouldBe(["Shop.OrderPlaced.v1 1", "Shop.StockWithdrawn.v1 2", "Shop.OrderPlaced.v1 3"]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Progress_IsNoMessageOfTheLog()
    {
        var shop = Shop(domain => Note(domain));
        await PlaceAsync(shop, 3);
        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        await engine.StopAsync(Cancellation);

        (await Store.GetHeadAsync(Cancellation)).ShouldBe(3);
        (await Store.ListCheckpointsAsync("shop::note", Cancellation)).Single(c => c.Key.Partition == 0).Position.ShouldBe(3);
    }

    private AggregateEventHandlerBuilder<Order> Note(DomainBuilder domain) =>
        domain.EventHandler<Order>().Named("note").On<OrderPlaced>((e, _) => _handled.Enqueue(e.OrderId));
}
