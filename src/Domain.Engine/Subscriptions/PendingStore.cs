using Protean.Storage;

namespace Protean.Engine;

/// <summary>The store as it will be when what is gathered is committed: what handlers of a partition read.</summary>
/// <param name="store">The store.</param>
/// <param name="pending">What is gathered and not known to be committed, the newest first.</param>
/// <param name="settle">Commits everything that is gathered, so that a query sees it.</param>
internal sealed class PendingStore(IEventStore store, Func<IReadOnlyList<Gathered>> pending, Func<CancellationToken, ValueTask> settle) : ReadThroughStore(store)
{
    public override async ValueTask<StreamPage> ReadStreamAsync(StreamRead read, CancellationToken cancellationToken = default)
    {
        // Looked at before the store is: what is committed in between is then in both, and not in neither.
        var layers = pending();
        var page = await Store.ReadStreamAsync(read, cancellationToken).ConfigureAwait(false);
        if (layers.Count == 0 || read.Backwards || !page.IsEnd)
            return page;
        for (var i = layers.Count - 1; i >= 0; i--)
        {
            if (layers[i].TryFind(read.Stream, out var append))
                page = With(page, read, append);
        }

        return page;
    }

    public override async ValueTask<StoredDocument?> LoadDocumentAsync(DocumentAddress address, CancellationToken cancellationToken = default) =>
        Find(pending(), address, out var document) ? document : await Store.LoadDocumentAsync(address, cancellationToken).ConfigureAwait(false);

    public override async ValueTask<IReadOnlyList<StoredDocument?>> LoadDocumentsAsync(IReadOnlyList<DocumentAddress> addresses, CancellationToken cancellationToken = default)
    {
        var layers = pending();
        var stored = await Store.LoadDocumentsAsync(addresses, cancellationToken).ConfigureAwait(false);
        return [.. stored.Select((document, i) => Find(layers, addresses[i], out var found) ? found : document)];
    }

    public override async ValueTask<IReadOnlyList<StoredDocument>> QueryDocumentsAsync(DocumentQuery query, CancellationToken cancellationToken = default)
    {
        await SettleAsync(query.Collection, cancellationToken).ConfigureAwait(false);
        return await Store.QueryDocumentsAsync(query, cancellationToken).ConfigureAwait(false);
    }

    public override async ValueTask<long> CountDocumentsAsync(DocumentQuery query, CancellationToken cancellationToken = default)
    {
        await SettleAsync(query.Collection, cancellationToken).ConfigureAwait(false);
        return await Store.CountDocumentsAsync(query, cancellationToken).ConfigureAwait(false);
    }

    private static bool Find(IReadOnlyList<Gathered> layers, DocumentAddress address, out StoredDocument? document)
    {
        document = null;
        foreach (var layer in layers)
        {
            if (!layer.TryFind(address.Collection, address.Key, address.Generation, out var write))
                continue;
            document = write.Body is { } body ? new(write.Key, write.Version, write.Stamp ?? "", body) : null;
            return true;
        }

        return false;
    }

    private static StreamPage With(in StreamPage page, in StreamRead read, in StreamAppend append)
    {
        // Without an expected version nobody rebuilds a state from the stream, and its positions are not known yet.
        if (append.ExpectedVersion == ExpectedVersion.Any)
            return page;
        var messages = new List<StoredMessage>(page.Messages);
        var version = page.Version;
        for (var i = 0; i < append.Messages.Count; i++)
        {
            var position = append.ExpectedVersion + 1 + i;
            if (position <= version)
                continue;
            version = position;
            if (position < read.From)
                continue;
            if (messages.Count == read.MaxCount)
                return page with { Messages = messages, Version = append.ExpectedVersion + append.Messages.Count, IsEnd = false };
            messages.Add(StoredCommit.Stored(append.Messages[i], append.Stream, position, 0));
        }

        return page with { Messages = messages, Version = version };
    }

    private ValueTask SettleAsync(string collection, CancellationToken cancellationToken) =>
        pending().Any(layer => layer.Touches(collection)) ? settle(cancellationToken) : ValueTask.CompletedTask;
}
