using Protean.Docs.Shop;
using Protean.Testing;
using Xunit;

namespace Protean.Docs.TestingYourDomain;

/// <summary>The domain as the program declares it, and what its tests need instead of the world outside.</summary>
internal static class ShopDomain
{
    public static void Declare(DomainBuilder domain)
    {
        domain.Aggregate<Order>();
        domain.Aggregate<Inventory>().Raises<StockCounted>().Raises<StockWithdrawn>();

        domain.CommandHandler<Order>()
            .On<PlaceOrder>((command, context) => context.Repository<Order>().Add(Order.Place(command)))
            .On<ShipOrder>(c => c.OrderId, (order, _) => order.Ship());

        domain.EventHandler<Inventory>().Named("withdraw-shipped-stock").StreamCategory<Order>()
            .On<OrderShipped>(e => e.BookId, (inventory, e) => inventory.Withdraw(e.Quantity));

        domain.EventHandler<Order>().Named("tell-shop-window").Inline()
            .On<OrderPlaced>((placed, context) => context.Publish(placed));    // on the event bus, when the handler's unit is committed

        domain.Projection<Sales>().From<Order>()
            .On<OrderShipped>(e => e.BookId, (sales, e) => sales with { Copies = sales.Copies + e.Quantity });
    }
}

public sealed record Sales(string BookId, int Copies = 0);

public sealed class ShippingTests : IAsyncDisposable
{
    private readonly TestDomain _test = TestDomain.Create("shop", ShopDomain.Declare);

    public ValueTask DisposeAsync() => _test.DisposeAsync();          // fails if a scenario was never awaited

    [Fact]
    public async Task APlacedOrder_Ships() =>
        await _test.Given(new OrderPlaced("o-1", "dune", 10))
            .When(new ShipOrder("o-1"))
            .Then(new OrderShipped("o-1", "dune", 10));

    [Fact]
    public async Task AShippedOrder_DoesNotShipAgain() =>
        await _test.Given(new OrderPlaced("o-1", "dune", 10), new OrderShipped("o-1", "dune", 10))
            .When(new ShipOrder("o-1"))
            .ThenThrows<ValidationException>("an order ships once");

    [Fact]
    public async Task AShippedOrder_LowersTheStock() =>
        await _test.Given(Inventory.Count("dune", 100))               // stored state: the aggregate itself
            .And(new OrderPlaced("o-1", "dune", 10))
            .When(new ShipOrder("o-1"))
            .Drained()                                                // and what the Engine does with it
            .Then(new OrderShipped("o-1", "dune", 10), new StockWithdrawn("dune", 10))
            .ThenState<Inventory>("dune", inventory => Assert.Equal(90, inventory.InStock))
            .ThenView("dune", new Sales("dune", 10));

    [Fact]
    public async Task AnOrderOfMoreThanThereIs_FailsInTheHandler() =>
        await _test.Given(Inventory.Count("dune", 5))
            .And(new OrderPlaced("o-1", "dune", 10))
            .When(new ShipOrder("o-1"))
            .Drained()
            .ThenFails<ValidationException>("stock cannot go below zero");

    [Fact]
    public void AnOrderAlone_NeedsNoDomain() =>
        AggregateSpec.Given<Order>("o-1", new OrderPlaced("o-1", "dune", 10))
            .When(order => order.Cancel())
            .Then(new OrderCancelled("o-1"));

    [Fact]
    public async Task ANewOrder_IsShownInTheWindow()
    {
        await _test.Domain.ProcessAsync(new PlaceOrder("o-1", "dune", 10));

        _test.Bus.ShouldHavePublished<OrderPlaced>(e => e.BookId == "dune");
    }

    [Fact]
    public async Task WhatTheEngineWouldDo_IsDoneByTheTest()
    {
        await _test.Domain.Repository<Inventory>().SaveAsync(Inventory.Count("dune", 100));
        await _test.Domain.ProcessAsync(new PlaceOrder("o-1", "dune", 10));
        await _test.Domain.ProcessAsync(new ShipOrder("o-1"));

        await _test.DrainAsync();

        Assert.Empty(_test.Failures);
        Assert.Equal(90, (await _test.Domain.Repository<Inventory>().GetAsync("dune")).InStock);
    }

    [Fact]
    public async Task Time_PassesWhenTheTestSaysSo()
    {
        await _test.Domain.ProcessAsync(new PlaceOrder("o-1", "dune", 10));
        var monday = _test.Clock.GetUtcNow();
        _test.Clock.Advance(TimeSpan.FromDays(7));
        await _test.Domain.ProcessAsync(new ShipOrder("o-1"));

        var past = await _test.Domain.Repository<Order>().GetAsync("o-1", asOf: monday);

        Assert.Equal(0, past.Version);                                // only its first event had happened
    }

    [Fact]
    public async Task ARecorder_KeepsWhatItWasGiven()
    {
        RecordingSubscriber? stock = null;
        await using var test = TestDomain.Create("shop", domain =>
        {
            ShopDomain.Declare(domain);
            stock = domain.AddRecorder("inventory", sourceStream: "order");
        });
        await test.Domain.Repository<Inventory>().SaveAsync(Inventory.Count("dune", 100));
        await test.Domain.ProcessAsync(new PlaceOrder("o-1", "dune", 10));
        await test.Domain.ProcessAsync(new ShipOrder("o-1"));

        await test.DrainAsync();

        stock!.ShouldHaveReceived(new StockWithdrawn("dune", 10));    // the count was caused by nothing of Order
    }
}
