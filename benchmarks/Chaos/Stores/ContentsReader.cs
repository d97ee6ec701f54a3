using System.Text;
using Protean.Benchmarks.Chaos.Judging;
using Protean.Storage;

namespace Protean.Benchmarks.Chaos.Stores;

/// <summary>Reads all that is in a store, through a store that has seen nothing of the run.</summary>
internal static class ContentsReader
{
    private const int Page = 1_000;
    private const int AtOnce = 16;

    /// <param name="address">The store.</param>
    /// <param name="keys">The idempotency keys to look for.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public static async Task<StoreContents> ReadAsync(StoreAddress address, IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        await using var store = address.Open();
        await StoreAddress.InitializeAsync(store, cancellationToken);
        return new()
        {
            Messages = await ReadLogAsync(store, cancellationToken),
            Documents = [.. (await store.QueryDocumentsAsync(new() { Collection = StoreAddress.Collection }, cancellationToken)).Select(static document => new DocumentRow(document.Key, document.Version, Writers.Read(document.Body)))],
            Checkpoints = [.. (await store.ListCheckpointsAsync(cancellationToken: cancellationToken)).Select(static checkpoint => new CheckpointRow(checkpoint.Key.Name, checkpoint.Position, Writers.Read(checkpoint.Data)))],
            Keys = await ReadKeysAsync(store, keys, cancellationToken),
            Rows = await new UserRows(address).ReadAsync(store, cancellationToken),
            Findings = await store.VerifyAsync([], cancellationToken).ToListAsync(cancellationToken),
        };
    }

    private static async Task<List<MessageRow>> ReadLogAsync(IEventStore store, CancellationToken cancellationToken)
    {
        var messages = new List<MessageRow>();
        for (LogPage page = default; ;)
        {
            page = await store.ReadLogAsync(new() { After = page.ScannedTo, MaxCount = Page, IncludeArchived = true }, cancellationToken);
            messages.AddRange(page.Messages.Select(static message => new MessageRow(message.Id, message.Stream.Value, message.Position, message.GlobalPosition)));
            if (page.ScannedTo >= page.Head)
                return messages;
        }
    }

    private static async Task<Dictionary<string, string>> ReadKeysAsync(IEventStore store, IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        var claimants = new Dictionary<string, string>();
        foreach (var some in keys.Chunk(AtOnce))
        {
            foreach (var claimed in await Task.WhenAll(some.Select(key => store.GetKeyAsync(KeyScope, key, cancellationToken).AsTask())))
            {
                if (claimed is not null)
                    claimants.Add(claimed.Key, Encoding.UTF8.GetString(claimed.Outcome.Span));
            }
        }

        return claimants;
    }

    /// <summary>The scope of all keys of a run.</summary>
    public const string KeyScope = "chaos";
}
