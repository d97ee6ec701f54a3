using System.Globalization;
using InventoryOrders.Orders;
using InventoryOrders.Stock;

namespace InventoryOrders.Story.Chapters;

/// <summary>Many customers at once: callers share commits, and the Engine follows.</summary>
public sealed class BusyAfternoon : IChapter
{
    private const int Books = 20;
    private const int OrdersOfABook = 6;

    public string Title => "A busy afternoon";

    public async Task TellAsync(Scene scene)
    {
        var started = scene.Time.GetTimestamp();
        await EachBookAsync(scene, async book =>
        {
            await scene.DoAsync(new CountStock(scene.Book(book), 50));
            for (var n = 1; n <= OrdersOfABook; n++)
                await scene.OrderAsync($"{book}-{n}", book, n);
        });
        // The last order of each book is cancelled, the others ship.
        await EachBookAsync(scene, async book =>
        {
            for (var n = 1; n < OrdersOfABook; n++)
                await scene.ShipAsync($"{book}-{n}");
            await scene.DoAsync(new CancelOrder(scene.Order($"{book}-{OrdersOfABook}"), "closing time"));
        });
        var commands = Books * (1 + (2 * OrdersOfABook));
        scene.Teller.Say(string.Create(
            CultureInfo.InvariantCulture, $"{Books} customers send {commands} commands in {scene.Time.GetElapsedTime(started).TotalSeconds:0.0} s. The Engine follows."));

        await scene.CaughtUpAsync();
        var left = 50 - Enumerable.Range(1, OrdersOfABook - 1).Sum();
        foreach (var book in Names())
        {
            if (await scene.StockAsync(book) is var stock && stock != new StockLevel(scene.Book(book), left, 0))
                throw new CheckFailedException($"Every copy is accounted for: found {stock}, expected {left} in stock");
        }

        scene.Teller.Checked("Every copy is accounted for");
        var shipped = await scene.Shop.View<OrderSummary>().CountAsync(
            order => order.BookId == scene.Book("book-1") && order.Status == OrderStatus.Shipped, scene.CancellationToken);
        scene.Check("OrderSummary can be asked for the shipped orders of a book", shipped, OrdersOfABook - 1);
    }

    private static IEnumerable<string> Names() => Enumerable.Range(1, Books).Select(n => $"book-{n}");

    private static Task EachBookAsync(Scene scene, Func<string, Task> work) => Task.WhenAll(Names().Select(work));
}
