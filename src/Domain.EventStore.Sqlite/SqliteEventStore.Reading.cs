using Protean.EventStore.Sqlite.Documents;
using Protean.EventStore.Sqlite.Log;
using Protean.Storage;

namespace Protean.EventStore.Sqlite;

public sealed partial class SqliteEventStore
{
    /// <inheritdoc/>
    public ValueTask<StreamPage> ReadStreamAsync(StreamRead read, CancellationToken cancellationToken = default) =>
        ReadAsync(static (database, read) => StreamQueries.Read(database, read), read, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<LogPage> ReadLogAsync(LogRead read, CancellationToken cancellationToken = default) =>
        ReadAsync(static (database, read) => LogQueries.Read(database, read), read, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StoredMessage?> FindMessageAsync(Guid id, CancellationToken cancellationToken = default) =>
        ReadAsync(static (database, id) => LogQueries.Find(database, id), id, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<LogPage> ReadCorrelationAsync(string correlationId, long after, int maxCount, CancellationToken cancellationToken = default) =>
        ReadAsync(
            static (database, call) => LogQueries.ReadCorrelation(database, call.correlationId, call.after, call.maxCount),
            (correlationId, after, maxCount),
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long> GetHeadAsync(CancellationToken cancellationToken = default) =>
        ReadAsync(static (database, _) => MessageLog.Head(database), 0, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long> FindStartAsync(DateTimeOffset from, CancellationToken cancellationToken = default) =>
        ReadAsync(static (database, from) => LogQueries.FindStart(database, from), from, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StoredDocument?> LoadDocumentAsync(DocumentAddress address, CancellationToken cancellationToken = default) =>
        ReadAsync(static (database, address) => DocumentQueries.Load(database, address), address, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StoredDocument?>> LoadDocumentsAsync(IReadOnlyList<DocumentAddress> addresses, CancellationToken cancellationToken = default) =>
        ReadAsync<IReadOnlyList<DocumentAddress>, IReadOnlyList<StoredDocument?>>(
            static (database, addresses) => DocumentQueries.Load(database, addresses), addresses, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StoredDocument>> QueryDocumentsAsync(DocumentQuery query, CancellationToken cancellationToken = default) =>
        ReadAsync(static (database, query) => DocumentQueries.Select(database, query), query, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long> CountDocumentsAsync(DocumentQuery query, CancellationToken cancellationToken = default) =>
        ReadAsync(static (database, query) => DocumentQueries.Count(database, query), query, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<CollectionGenerations> GetGenerationsAsync(string collection, CancellationToken cancellationToken = default) =>
        ReadAsync(static (database, collection) => DocumentQueries.Generations(database, collection), collection, cancellationToken);
}
