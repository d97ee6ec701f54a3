using InventoryOrders.Stock;
using Protean;
using Protean.Storage;

namespace InventoryOrders.Story.Chapters;

/// <summary>An event that one handler cannot digest, while everything else goes on.</summary>
public sealed class PoisonEvent : IChapter
{
    public string Title => "An event that a handler cannot digest";

    public async Task TellAsync(Scene scene)
    {
        await scene.DoAsync(new CountStock(scene.Book("hobbit"), 12, ReorderBelow: 10));
        await scene.OrderAsync("5", "hobbit", 5);
        await scene.ShipAsync("5");
        scene.Teller.Say("Order 5 leaves 7 copies of The Hobbit, and below 10 it is to be reordered. Nobody has said from whom.");

        await scene.OrderAsync("6", "dune", 1);
        await scene.ShipAsync("6");
        await scene.CaughtUpAsync();
        scene.Check("The other handlers go on: 7 copies of The Hobbit are left", (await scene.StockAsync("hobbit")).InStock, 7);
        scene.Check("Other books go on: 99 copies of Dune are left", (await scene.StockAsync("dune")).InStock, 99);

        var dead = await scene.UntilAsync("The event is among the dead letters", patience => DeadLetterOf(scene, "hobbit", patience));
        scene.Teller.Table(
            ["dead letter", dead.Stream],
            [
                ["handler", dead.Key.Handler],
                ["message", $"{dead.MessageType} {dead.MessageId}"],
                ["exception", dead.Attempts[^1].ExceptionType],
                ["it says", dead.Attempts[^1].Message],
                ["attempts", $"{dead.Attempts.Count}"],
            ]);
        scene.Check("Every attempt is in the dead letter", dead.Attempts.Count, dead.Retries + 1);

        await scene.CaughtUpAsync();
        scene.Check("The handler's HandleError has raised an alert", (await scene.StockAsync("hobbit")).Alert, dead.Attempts[0].Message);
        var events = await scene.Shop.Store.ReadStreamAsync(new() { Stream = StreamName.Parse(dead.Stream), MaxCount = 100 }, scene.CancellationToken);
        scene.Check("Once, however often it failed", events.Messages.Count(message => scene.Shop.Read(message) is StockAlertRaised), 1);
    }

    /// <summary>The dead letter of a book, as whoever looks after the shop would find it.</summary>
    internal static async Task<FailureRecord?> DeadLetterOf(Scene scene, string book, CancellationToken cancellationToken)
    {
        var dead = await scene.Engine.DeadLetters.ListAsync(new() { Handler = StockDomain.ReorderSoldStock, Take = 1_000 }, cancellationToken);
        return dead.FirstOrDefault(letter => StreamName.Parse(letter.Stream).Id.SequenceEqual(scene.Book(book)));
    }
}
