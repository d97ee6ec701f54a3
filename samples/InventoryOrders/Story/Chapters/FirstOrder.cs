using InventoryOrders.Orders;
using InventoryOrders.Stock;

namespace InventoryOrders.Story.Chapters;

/// <summary>A command changes one aggregate; the Engine takes its event to another.</summary>
public sealed class FirstOrder : IChapter
{
    public string Title => "The first order";

    public async Task TellAsync(Scene scene)
    {
        await scene.DoAsync(new CountStock(scene.Book("dune"), 100));
        await scene.CaughtUpAsync();
        scene.Check("100 copies of Dune are in stock", (await scene.StockAsync("dune")).InStock, 100);

        await scene.OrderAsync("1", "dune", 10);
        scene.Teller.Say("Order 1: 10 copies of Dune. They are reserved in the commit that places it.");
        var reserved = await scene.InventoryAsync("dune");
        scene.Check("100 in stock, 90 available", (reserved.InStock, reserved.Available), (100, 90));

        await scene.ShipAsync("1");
        scene.Teller.Say("Order 1 ships. The Engine delivers OrderShipped to the stock.");
        await scene.CaughtUpAsync();
        scene.Check("90 copies of Dune are in stock", (await scene.InventoryAsync("dune")).InStock, 90);
        scene.Check("StockLevel shows them", await scene.StockAsync("dune"), new StockLevel(scene.Book("dune"), 90, 0));
        scene.Check("OrderSummary shows the order as shipped", (await scene.SummaryAsync("1")).Status, OrderStatus.Shipped);
    }
}
