using Protean.Storage;

namespace Protean.Engine;

/// <summary>
/// The documents of a projection while they are built anew. Nobody else writes them, so they are kept in memory and written when there are many,
/// each as often as that happens and not for every event.
/// </summary>
internal sealed class RebuiltCopy(EngineContext engine, ViewModel view, long generation, CheckpointKey key, long epoch)
{
    private const int MostDocuments = 50_000;
    private const long MostBytes = 64 * 1024 * 1024;
    private const int DocumentsPerCommit = 2_000;

    private readonly Dictionary<string, (DocumentWrite Write, long Stored)> _changed = [];
    private long _bytes;
    private bool _isSpilled;

    public long Generation => generation;

    public bool IsFull => _changed.Count >= MostDocuments || _bytes >= MostBytes;

    public async ValueTask<StoredDocument?> LoadAsync(string documentKey, IEventStore store, CancellationToken cancellationToken)
    {
        if (_changed.TryGetValue(documentKey, out var changed))
            return changed.Write.Body is { } body ? new(documentKey, changed.Write.Version, changed.Write.Stamp ?? "", body) : null;
        // As long as nothing was written there is nothing to find.
        return _isSpilled ? await store.LoadDocumentAsync(new(view.Collection, documentKey, generation), cancellationToken).ConfigureAwait(false) : null;
    }

    public void Write(in DocumentWrite write)
    {
        var stored = write.ExpectedVersion;
        if (_changed.TryGetValue(write.Key, out var before))
        {
            stored = before.Stored;
            _bytes -= before.Write.Body?.Length ?? 0;
        }

        _changed[write.Key] = (write, stored);
        _bytes += write.Body?.Length ?? 0;
    }

    /// <summary>Writes what has changed.</summary>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        foreach (var chunk in _changed.Values.Where(c => c.Write.Body is not null || c.Stored > 0).Chunk(DocumentsPerCommit))
        {
            await CommitAsync(
                new()
                {
                    // Known by its id, so that it can be repeated when nobody knows what became of it.
                    Id = Guid.CreateVersion7(),
                    Documents = [.. chunk.Select(c => c.Write with { ExpectedVersion = c.Stored })],
                    Checkpoints = [new(key, 0, 0, epoch)],
                },
                cancellationToken).ConfigureAwait(false);
            _isSpilled = true;
        }

        _changed.Clear();
        _bytes = 0;
    }

    /// <summary>Commits, as often as it takes for the store to answer.</summary>
    public async ValueTask CommitAsync(Commit commit, CancellationToken cancellationToken)
    {
        var backoff = engine.Backoff($"The rebuild of {view.Type.Name}");
        while (true)
        {
            try
            {
                await engine.Store.CommitAsync(commit, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (Exception error) when (error is StoreUnavailableException or CommitOutcomeUnknownException)
            {
                await backoff.WaitAsync(error, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}

/// <summary>Where the methods of a projection read and write while it is built anew: everything but its documents is left out.</summary>
internal sealed class RebuildWorkspace(Domain domain, ViewModel view, RebuiltCopy copy) : Workspace(domain, new RebuildStore(domain.Store, view, copy))
{
    public override ValueTask<long> GenerationAsync(string collection, CancellationToken cancellationToken) =>
        collection == view.Collection ? new(copy.Generation) : base.GenerationAsync(collection, cancellationToken);

    public override ValueTask<IReadOnlyList<Message>> CommitAsync(CommitDraft draft, Commit commit, CancellationToken cancellationToken)
    {
        // What it did to the world besides, it has done when the events happened.
        foreach (var document in commit.Documents)
        {
            if (document.Collection == view.Collection)
                copy.Write(document);
        }

        draft.Stored();
        return new([]);
    }

    public override ValueTask PublishAsync(CommitDraft draft) => ValueTask.CompletedTask;
}

/// <summary>The store with the documents of a projection as they are built anew.</summary>
internal sealed class RebuildStore(IEventStore store, ViewModel view, RebuiltCopy copy) : ReadThroughStore(store)
{
    public override ValueTask<StoredDocument?> LoadDocumentAsync(DocumentAddress address, CancellationToken cancellationToken = default) =>
        address.Collection == view.Collection ? copy.LoadAsync(address.Key, Store, cancellationToken) : Store.LoadDocumentAsync(address, cancellationToken);

    public override async ValueTask<IReadOnlyList<StoredDocument?>> LoadDocumentsAsync(IReadOnlyList<DocumentAddress> addresses, CancellationToken cancellationToken = default)
    {
        var documents = new StoredDocument?[addresses.Count];
        for (var i = 0; i < documents.Length; i++)
            documents[i] = await LoadDocumentAsync(addresses[i], cancellationToken).ConfigureAwait(false);
        return documents;
    }

    public override async ValueTask<IReadOnlyList<StoredDocument>> QueryDocumentsAsync(DocumentQuery query, CancellationToken cancellationToken = default) =>
        await Store.QueryDocumentsAsync(await OfCopyAsync(query, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);

    public override async ValueTask<long> CountDocumentsAsync(DocumentQuery query, CancellationToken cancellationToken = default) =>
        await Store.CountDocumentsAsync(await OfCopyAsync(query, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);

    private async ValueTask<DocumentQuery> OfCopyAsync(DocumentQuery query, CancellationToken cancellationToken)
    {
        if (query.Collection != view.Collection)
            return query;
        await copy.FlushAsync(cancellationToken).ConfigureAwait(false);
        return query with { Generation = copy.Generation };
    }
}
