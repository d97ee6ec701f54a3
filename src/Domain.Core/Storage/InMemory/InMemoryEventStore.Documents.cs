using Protean.Storage.InMemory;

namespace Protean.Storage;

public sealed partial class InMemoryEventStore
{
    /// <inheritdoc/>
    public ValueTask<StoredDocument?> LoadDocumentAsync(DocumentAddress address, CancellationToken cancellationToken = default) =>
        Run(static (store, address) => store.Load(address), address, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StoredDocument?>> LoadDocumentsAsync(IReadOnlyList<DocumentAddress> addresses, CancellationToken cancellationToken = default) =>
        Run<IReadOnlyList<DocumentAddress>, IReadOnlyList<StoredDocument?>>(static (store, addresses) => store.Load(addresses), addresses, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StoredDocument>> QueryDocumentsAsync(DocumentQuery query, CancellationToken cancellationToken = default) =>
        Run(static (store, query) => store.Select(query), query, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long> CountDocumentsAsync(DocumentQuery query, CancellationToken cancellationToken = default) =>
        Run(static (store, query) => store.Count(query), query, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<CollectionGenerations> GetGenerationsAsync(string collection, CancellationToken cancellationToken = default) =>
        Run(static (store, collection) => store.Generations(collection), collection, cancellationToken);

    private StoredDocument?[] Load(IReadOnlyList<DocumentAddress> addresses)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        var found = new StoredDocument?[addresses.Count];
        lock (_gate)
        {
            for (var i = 0; i < found.Length; i++)
            {
                ReadValidation.Check(addresses[i]);
                found[i] = _documents.Find(addresses[i]);
            }
        }

        return found;
    }

    private StoredDocument? Load(DocumentAddress address)
    {
        ReadValidation.Check(address);
        lock (_gate)
            return _documents.Find(address);
    }

    private IReadOnlyList<StoredDocument> Select(DocumentQuery query)
    {
        ReadValidation.Check(query);
        return new DocumentSelection(query).Select(Rows(query));
    }

    private long Count(DocumentQuery query)
    {
        ReadValidation.Check(query);
        return new DocumentSelection(query).Count(Rows(query));
    }

    private IReadOnlyList<DocumentRow> Rows(DocumentQuery query)
    {
        lock (_gate)
        {
            var collection = _documents.Collection(query.Collection);
            return collection.Generation(query.Generation) is not { } generation ? []
                : UniqueLookup.TryFind(query, collection, generation, out var row) ? row is null ? [] : [row]
                : [.. generation.Rows];
        }
    }

    private CollectionGenerations Generations(string collection)
    {
        ArgumentNullException.ThrowIfNull(collection);
        lock (_gate)
        {
            var numbers = _documents.Collection(collection).Numbers;
            return new(collection, numbers.Live, [.. numbers.Building]);
        }
    }
}
