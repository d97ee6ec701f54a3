using System.Collections.Concurrent;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Delivery;

/// <summary>What handlers of the engine publish on the event bus is published when their shared commit is taken, and never when it is not.</summary>
public sealed class BusTests : EngineTests
{
    private readonly ConcurrentQueue<string> _heard = new();

    [Fact(Timeout = HangLimit)]
    public async Task Publish_InAHandler_HappensWhenItsEffectsAndItsProgressAreStored()
    {
        var shop = Shop(domain => domain.EventHandler<Inventory>().Named("stock").StreamCategory<Order>().On<OrderPlaced>((e, context) =>
        {
            context.Repository<Inventory>().Add(Inventory.Of(e.OrderId, 1));
            context.Publish(new Announced(e.OrderId));
        }));
        shop.Bus.Subscribe<Announced>(async e => { _heard.Enqueue($"{e.OrderId} {await shop.Repository<Inventory>().ExistsAsync(e.OrderId)}"); });
        await StartAsync(shop);

        await PlaceAsync(shop, 50);
        await Until(() => _heard.Count == 50);

        _heard.ShouldBe(Enumerable.Range(1, 50).Select(n => $"o{n} True"));
    }

    [Fact(Timeout = HangLimit)]
    public async Task Publish_InAHandlerThatDoesNothingElse_HappensAfterItsProgressIsStored()
    {
        var shop = Shop(domain => domain.EventHandler<Inventory>().Named("announce").StreamCategory<Order>().On<OrderPlaced>((e, context) => context.Publish(new Announced(e.OrderId))));
        shop.Bus.Subscribe<Announced>(async _ =>
        {
            var progress = await Store.GetCheckpointAsync(new("shop::announce", 0), Cancellation);
            _heard.Enqueue($"at {progress?.Position}");
        });
        await StartAsync(shop);

        await PlaceAsync(shop, 1);
        await Until(() => !_heard.IsEmpty);

        _heard.ShouldBe(["at 1"]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Publish_InAHandlerThatFails_NeverHappens()
    {
        var shop = Shop(domain => domain.EventHandler<Inventory>().Named("announce").StreamCategory<Order>().On<OrderPlaced>((e, context) =>
        {
            context.Publish(new Announced(e.OrderId));
            if (e.OrderId == "o2")
                throw new InvalidOperationException();
        }));
        shop.Bus.Subscribe<Announced>(e => { _heard.Enqueue(e.OrderId); });
        await StartAsync(shop);

        await PlaceAsync(shop, 3);
        await Until(() => _heard.Count == 2);

        _heard.ShouldBe(["o1", "o3"]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Publish_WhenTheSharedCommitIsRefused_HappensOnceWithTheOneThatIsTaken()
    {
        var refused = 0;
        var shop = Shop(domain => domain.EventHandler<Inventory>().Named("stock").StreamCategory<Order>().On<OrderPlaced>(async (e, context) =>
        {
            var inventory = await context.Repository<Inventory>().GetAsync("contended");
            inventory.Withdraw(1);
            context.Publish(new Announced(e.OrderId));
            // Somebody else is faster, past the unit, so that the store refuses what is gathered.
            if (Interlocked.Increment(ref refused) == 1)
                await Elsewhere(inventory.InStock);
        }));
        async Task Elsewhere(int stock)
        {
            var other = Shop(_ => { });
            var unit = other.BeginUnitOfWork();
            (await unit.Repository<Inventory>().GetAsync("contended")).InStock = stock + 100;
            await unit.CommitAsync();
        }

        await shop.Repository<Inventory>().SaveAsync(Inventory.Of("contended", 10), Cancellation);
        shop.Bus.Subscribe<Announced>(e => { _heard.Enqueue(e.OrderId); });
        await StartAsync(shop);

        await PlaceAsync(shop, 2);
        await Until(() => _heard.Count >= 2);
        await Until(async () => (await shop.Repository<Inventory>().GetAsync("contended")).Withdrawals == 2);

        _heard.ShouldBe(["o1", "o2"]);
        refused.ShouldBeGreaterThan(2);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Publish_InAHandlerOfACommand_HappensAfterIt()
    {
        var shop = Shop(domain => domain.CommandHandler<Order>().On<PlaceOrder, string>((command, context) =>
        {
            context.Repository<Order>().Add(Order.Place(command.OrderId));
            context.Publish(new Announced(command.OrderId));
            return command.OrderId;
        }));
        shop.Bus.Subscribe<Announced>(async e => { _heard.Enqueue($"{e.OrderId} {await shop.Repository<Order>().ExistsAsync(e.OrderId)}"); });
        await StartAsync(shop);

        await shop.EnqueueAsync(new PlaceOrder("o1", "b1", 1), cancellationToken: Cancellation);
        await Until(() => !_heard.IsEmpty);

        _heard.ShouldBe(["o1 True"]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Publish_WhileAProjectionIsBuiltAnew_DoesNotHappenAgain()
    {
        var shop = Shop(domain => domain.Projection<BookSales>().From<Order>()
            .On<OrderPlaced>(e => e.BookId, (view, e) => view with { Ordered = view.Ordered + 1 })
            .On<OrderShipped>((e, context) => context.Publish(new Announced(e.OrderId))));
        shop.Bus.Subscribe<Announced>(e => { _heard.Enqueue(e.OrderId); });
        var engine = await StartAsync(shop);
        await PlaceAsync(shop, 1);
        var order = await shop.Repository<Order>().GetAsync("o1", Cancellation);
        order.Ship();
        await shop.Repository<Order>().SaveAsync(order, Cancellation);
        await Until(() => !_heard.IsEmpty);

        await engine.RebuildAsync<BookSales>(cancellationToken: Cancellation);

        _heard.ShouldBe(["o1"]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Record_AnEventOfTheBus_ReachesHandlersOfItsCategory()
    {
        var shop = Shop(domain =>
        {
            domain.Bus(bus => bus.Record<Announced>("announcement", e => e.OrderId));
            domain.EventHandler().Named("hear").StreamCategory("announcement").On<Announced>((e, context) => { _heard.Enqueue($"{context.Message!.Stream} {e.OrderId}"); });
        });
        await StartAsync(shop);

        await shop.Bus.PublishAsync(new Announced("o1"), Cancellation);
        await Until(() => !_heard.IsEmpty);

        _heard.ShouldBe(["shop::announcement-o1 o1"]);
    }

    public sealed record Announced(string OrderId) : IDomainEvent;
}
