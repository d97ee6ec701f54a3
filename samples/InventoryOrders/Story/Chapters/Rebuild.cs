using InventoryOrders.Stock;
using Protean.Engine;

namespace InventoryOrders.Story.Chapters;

/// <summary>The read model is built anew from the event store, and is what it was.</summary>
public sealed class Rebuild : IChapter
{
    private const int MostTries = 20;

    public string Title => "The read model, built anew";

    public async Task TellAsync(Scene scene)
    {
        await scene.CaughtUpAsync();
        var from = await scene.Shop.Store.GetHeadAsync(scene.CancellationToken);
        await scene.Engine.WaitUntilCaughtUpAsync<StockLevel>(from, scene.CancellationToken);
        var live = await StockAsync(scene);

        RebuildProgress? last = null;
        await scene.Teller.FollowAsync("StockLevel from the event store", progress => RebuildAsync(scene, new Told(report =>
        {
            last = report;
            progress.Report(report.Fraction);
        })));
        scene.Teller.Say($"{last!.Handled} events have become {live.Count} documents.");

        await scene.CaughtUpAsync();
        var rebuilt = await StockAsync(scene);
        // Other programs on the same store go on selling.
        var changed = await ChangedSinceAsync(scene, from);
        scene.Check("Rebuilt and live projection show the same books", Keys(rebuilt, changed), Keys(live, changed));
        foreach (var (bookId, before) in live.Where(book => !changed.Contains(book.Key)))
        {
            if (rebuilt[bookId] != before)
                throw new CheckFailedException($"Rebuilt and live projection are equal: rebuilt {rebuilt[bookId]}, live {before}");
        }

        scene.Teller.Checked("Rebuilt and live projection are equal");
        var books = new[] { "dune", "hobbit" };
        scene.Teller.Table(
            ["book", "in stock", "reserved", "available"],
            books.Select(scene.Book).Select(id => rebuilt[id]).Select(stock => (string[])[stock.BookId, $"{stock.InStock}", $"{stock.Reserved}", $"{stock.Available}"]));
    }

    private static async Task<Dictionary<string, StockLevel>> StockAsync(Scene scene) =>
        (await scene.Shop.View<StockLevel>().QueryAsync(cancellationToken: scene.CancellationToken)).ToDictionary(stock => stock.BookId);

    private static string Keys(Dictionary<string, StockLevel> stock, HashSet<string> changed) =>
        string.Join(", ", stock.Keys.Except(changed).Order(StringComparer.Ordinal));

    /// <summary>When another program rebuilds at the same time, the one that began first gives way, and tries again a little later.</summary>
    private static async Task RebuildAsync(Scene scene, IProgress<RebuildProgress> progress)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                await scene.Engine.RebuildAsync<StockLevel>(progress, scene.CancellationToken);
                return;
            }
            catch (RebuildSupersededException) when (tries < MostTries)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(100, 1_000)), scene.Time, scene.CancellationToken);
            }
        }
    }

    /// <summary>The books that something has happened to after a position of the log.</summary>
    private static async Task<HashSet<string>> ChangedSinceAsync(Scene scene, long position)
    {
        HashSet<string> changed = [];
        while (true)
        {
            var page = await scene.Shop.Store.ReadLogAsync(
                new() { After = position, MaxCount = 1_000, Categories = [scene.Shop.Model.Aggregates[typeof(Inventory)].Category] }, scene.CancellationToken);
            changed.UnionWith(page.Messages.Select(message => new string(message.Stream.Id)));
            if (page.ScannedTo >= page.Head)
                return changed;
            position = page.ScannedTo;
        }
    }

    /// <summary>Is told at once, in order.</summary>
    private sealed class Told(Action<RebuildProgress> tell) : IProgress<RebuildProgress>
    {
        public void Report(RebuildProgress value) => tell(value);
    }
}
