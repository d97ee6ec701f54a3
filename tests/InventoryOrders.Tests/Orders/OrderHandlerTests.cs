using InventoryOrders.Orders;
using InventoryOrders.Stock;
using Protean;
using Shouldly;
using Xunit;

namespace InventoryOrders.Tests.Orders;

public sealed class OrderHandlerTests : ShopTest
{
    [Fact]
    public async Task PlaceOrder_OfWhatIsThere_ReservesInTheSameCommit() =>
        await Test.Given(Counted("dune", 100))
            .When(new PlaceOrder("o-1", "dune", 10))
            .Then(new OrderPlaced("o-1", "dune", 10), new StockReserved("dune", "o-1", 10))
            .ThenState<Inventory>("dune", inventory => (inventory.InStock, inventory.Available).ShouldBe((100, 90)));

    [Fact]
    public async Task PlaceOrder_OfMoreThanIsLeft_LeavesNothingBehind() =>
        await Test.Given(Counted("dune", 100))
            .When(new PlaceOrder("o-1", "dune", 101))
            .ThenThrows<ValidationException>("101 copies of 'dune' were asked for, and 100 are left")
            .ThenNothing();

    [Fact]
    public async Task PlaceOrder_OfABookNobodyHasCounted_IsNotFound() =>
        await Test.When(new PlaceOrder("o-1", "dune", 1)).ThenThrows<AggregateNotFoundException>("no Inventory");

    [Fact]
    public async Task PlaceOrder_UnderAnIdThatIsTaken_IsRefusedAtOnce()
    {
        await Test.Domain.Repository<Inventory>().SaveAsync(Counted("dune", 100), Cancellation);
        await Test.Domain.ProcessAsync(new PlaceOrder("o-1", "dune", 10), Cancellation);

        await Should.ThrowAsync<OrderExistsException>(() => Test.Domain.ProcessAsync(new PlaceOrder("o-1", "dune", 10), Cancellation));

        (await Test.Domain.Repository<Inventory>().GetAsync("dune", Cancellation)).Reserved.ShouldBe(10);
    }

    [Fact]
    public async Task ShipOrder_WhenDelivered_LowersTheStock() =>
        await Test.Given(Counted("dune", 100))
            .When(async domain =>
            {
                await domain.ProcessAsync(new PlaceOrder("o-1", "dune", 10), Cancellation);
                await domain.ProcessAsync(new ShipOrder("o-1"), Cancellation);
            })
            .Drained()
            .ThenState<Inventory>("dune", inventory => (inventory.InStock, inventory.Reserved).ShouldBe((90, 0)))
            .ThenView("dune", new StockLevel("dune", 90, 0))
            .ThenView("o-1", new OrderSummary("o-1", "dune", 10, OrderStatus.Shipped));

    [Fact]
    public async Task CancelOrder_WhenDelivered_ReleasesWhatWasReserved() =>
        await Test.Given(Counted("dune", 100))
            .When(async domain =>
            {
                await domain.ProcessAsync(new PlaceOrder("o-1", "dune", 10), Cancellation);
                await domain.ProcessAsync(new CancelOrder("o-1", "too slow"), Cancellation);
            })
            .Drained()
            .ThenState<Inventory>("dune", inventory => inventory.Available.ShouldBe(100))
            .ThenView("dune", new StockLevel("dune", 100, 0))
            .ThenView("o-1", new OrderSummary("o-1", "dune", 10, OrderStatus.Cancelled, "too slow"));

    [Fact]
    public async Task ShipOrder_ThatNobodyPlaced_IsNotFound() =>
        await Test.When(new ShipOrder("o-9")).ThenThrows<AggregateNotFoundException>("no Order");
}
