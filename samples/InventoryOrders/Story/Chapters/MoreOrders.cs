using InventoryOrders.Orders;
using InventoryOrders.Stock;

namespace InventoryOrders.Story.Chapters;

/// <summary>What the rules of the domain allow, and what they refuse.</summary>
public sealed class MoreOrders : IChapter
{
    public string Title => "More orders, and what is refused";

    public async Task TellAsync(Scene scene)
    {
        await scene.OrderAsync("2", "dune", 5);
        await scene.ShipAsync("2");
        scene.Teller.Say("Order 2: 5 copies, shipped.");

        await scene.OrderAsync("3", "dune", 30);
        await scene.DoAsync(new CancelOrder(scene.Order("3"), "found it in the attic"));
        scene.Teller.Say("Order 3: 30 copies, cancelled. The Engine releases them.");
        await scene.CaughtUpAsync();

        await scene.RefusedAsync("Order 4, of 500 copies,", new PlaceOrder(scene.Order("4"), scene.Book("dune"), 500));
        await scene.RefusedAsync("Shipping order 1 again", new ShipOrder(scene.Order("1")));
        await scene.RefusedAsync("Shipping order 3", new ShipOrder(scene.Order("3")));

        await scene.DoAsync(new Restock(scene.Book("dune"), 15));
        scene.Teller.Say("15 copies arrive.");
        await scene.CaughtUpAsync();
        scene.Check("100 copies are in stock, all of them available", await scene.StockAsync("dune"), new StockLevel(scene.Book("dune"), 100, 0));
        scene.Check("OrderSummary says why order 3 was cancelled", (await scene.SummaryAsync("3")).CancelledBecause, "found it in the attic");
        scene.Check("Nothing is left of order 4", await scene.Shop.Repository<Order>().ExistsAsync(scene.Order("4"), scene.CancellationToken), false);
    }
}
