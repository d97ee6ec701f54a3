using InventoryOrders.Orders;
using InventoryOrders.Stock;
using Protean;
using Shouldly;
using Xunit;

namespace InventoryOrders.Tests.Stock;

public sealed class StockHandlerTests : ShopTest
{
    [Fact]
    public async Task CountStock_OfANewBook_MakesItKnown() =>
        await Test.When(new CountStock("dune", 100, 20))
            .Then(new StockCounted("dune", 100, 20))
            .Drained()
            .ThenView("dune", new StockLevel("dune", 100, 0));

    [Fact]
    public async Task CountStock_OfAKnownBook_SetsItsStock() =>
        await Test.Given(Counted("dune", 100))
            .When(new CountStock("dune", 97))
            .Then(new StockCounted("dune", 97, 0))
            .ThenState<Inventory>("dune", inventory => inventory.InStock.ShouldBe(97));

    [Fact]
    public async Task Restock_WhenDelivered_ShowsInTheWindow() =>
        await Test.Given(Counted("dune", 100))
            .When(new Restock("dune", 5))
            .Then(new StockRestocked("dune", 5))
            .Drained()
            .ThenView("dune", new StockLevel("dune", 105, 0));

    [Fact]
    public async Task SoldBelowTheMark_WithASupplier_IsReordered() =>
        await Test.Given(Counted("dune", 20, reorderBelow: 15, supplier: "Ace"))
            .When(domain => SellAsync(domain, "dune", 10))
            .Drained()
            .Then(
                new OrderPlaced("o-1", "dune", 10), new StockReserved("dune", "o-1", 10), new OrderShipped("o-1", "dune", 10),
                new ReservationReleased("dune", "o-1", 10), new StockWithdrawn("dune", 10), new ReorderRequested("dune", "Ace", 20));

    [Fact]
    public async Task DamagedBelowTheMark_ComesFromNoOrder_AndIsNotReordered() =>
        await Test.Given(Counted("dune", 20, reorderBelow: 15, supplier: "Ace"))
            .When(new WithdrawStock("dune", 10))
            .Drained()
            .Then(new StockWithdrawn("dune", 10));

    [Fact]
    public async Task SoldBelowTheMark_WithoutASupplier_RaisesAnAlertAndWithdrawsAllTheSame() =>
        await Test.Given(Counted("dune", 20, reorderBelow: 15))
            .When(domain => SellAsync(domain, "dune", 10))
            .Drained()
            .ThenFails<ValidationException>("no supplier is known")
            .ThenState<Inventory>("dune", inventory => inventory.InStock.ShouldBe(10))
            .ThenView("dune", new StockLevel("dune", 10, 0, "Inventory: 'dune' is low, and no supplier is known for it"));

    private static async Task SellAsync(IDomain domain, string bookId, int quantity)
    {
        await domain.ProcessAsync(new PlaceOrder("o-1", bookId, quantity), Cancellation);
        await domain.ProcessAsync(new ShipOrder("o-1"), Cancellation);
    }
}
