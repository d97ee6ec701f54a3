using InventoryOrders.Orders;

namespace InventoryOrders.Page.Tests.Serving;

internal static class Poison
{
    private const string Order = "o-103";

    /// <summary>Sells a book below its mark that nobody supplies, and waits for what cannot be reordered to be a dead letter.</summary>
    public static async Task AddAsync(ServedShop shop, string book)
    {
        await shop.CountAsync(book, 12, reorderBelow: 10);
        await shop.DoAsync(new PlaceOrder(Order, book, 5));
        await shop.DoAsync(new ShipOrder(Order));
        await Wait.UntilAsync(async () => (await shop.GetAsync("/api/dead-letters")).GetArrayLength() > 0 ? shop : null);
        await shop.CaughtUpAsync();
    }
}
