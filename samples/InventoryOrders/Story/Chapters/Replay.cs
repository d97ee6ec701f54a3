using InventoryOrders.Stock;
using Protean;

namespace InventoryOrders.Story.Chapters;

/// <summary>What failed is mended, and tried again by that one handler.</summary>
public sealed class Replay : IChapter
{
    public string Title => "The fix, and the replay";

    public async Task TellAsync(Scene scene)
    {
        var dead = await PoisonEvent.DeadLetterOf(scene, "hobbit", scene.CancellationToken)
            ?? throw new CheckFailedException("The dead letter waits for somebody: it is gone");

        await scene.DoAsync(new NameSupplier(scene.Book("hobbit"), "Allen & Unwin"));
        scene.Teller.Say("The fix: Allen & Unwin supply The Hobbit. The dead letter is replayed.");
        await scene.Engine.DeadLetters.ReplayAsync(dead.Key, scene.CancellationToken);
        await scene.UntilAsync("The replay succeeds", async patience => await scene.Engine.DeadLetters.InspectAsync(dead.Key, patience) is null ? scene : null);
        await scene.CaughtUpAsync();

        scene.Check("13 copies are on order", (await scene.InventoryAsync("hobbit")).OnOrder, 13);
        scene.Check("Nothing else was done again: 7 copies are left, and the alert is gone", await scene.StockAsync("hobbit"), new StockLevel(scene.Book("hobbit"), 7, 0));

        var notifications = await scene.Shop.Store.ReadStreamAsync(
            new() { Stream = NotificationsOf(scene, "hobbit"), MaxCount = 10 }, scene.CancellationToken);
        scene.Check("One notification for the supplier stands in the log", notifications.Messages.Count, 1);
    }

    private static StreamName NotificationsOf(Scene scene, string book) =>
        StreamName.Create(scene.Shop.Model.Aggregates[typeof(Inventory)].Category + ":notification", scene.Book(book));
}
