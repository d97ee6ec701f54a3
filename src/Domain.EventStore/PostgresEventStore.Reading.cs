using Protean.Storage;

namespace Protean.EventStore;

public sealed partial class PostgresEventStore
{
    /// <inheritdoc/>
    public ValueTask<StreamPage> ReadStreamAsync(StreamRead read, CancellationToken cancellationToken = default) =>
        Run(static (store, read, cancellationToken) => store._streams.ReadAsync(read, cancellationToken), read, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<LogPage> ReadLogAsync(LogRead read, CancellationToken cancellationToken = default) =>
        Run(static (store, read, cancellationToken) => store._log.ReadAsync(read, cancellationToken), read, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StoredMessage?> FindMessageAsync(Guid id, CancellationToken cancellationToken = default) =>
        Run(static (store, id, cancellationToken) => store._log.FindAsync(id, cancellationToken), id, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<LogPage> ReadCorrelationAsync(string correlationId, long after, int maxCount, CancellationToken cancellationToken = default) =>
        Run(
            static (store, call, cancellationToken) => store._log.ReadCorrelationAsync(call.correlationId, call.after, call.maxCount, cancellationToken),
            (correlationId, after, maxCount),
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long> GetHeadAsync(CancellationToken cancellationToken = default) =>
        Run(static (store, _, cancellationToken) => LogSql.ReadHeadAsync(store._database, cancellationToken), 0, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long> FindStartAsync(DateTimeOffset from, CancellationToken cancellationToken = default) =>
        Run(static (store, from, cancellationToken) => store._log.FindStartAsync(from, cancellationToken), from, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StoredDocument?> LoadDocumentAsync(DocumentAddress address, CancellationToken cancellationToken = default) =>
        Run(static (store, address, cancellationToken) => store._documents.LoadAsync(address, cancellationToken), address, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StoredDocument?>> LoadDocumentsAsync(IReadOnlyList<DocumentAddress> addresses, CancellationToken cancellationToken = default) =>
        Run(static (store, addresses, cancellationToken) => store._documents.LoadAsync(addresses, cancellationToken), addresses, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StoredDocument>> QueryDocumentsAsync(DocumentQuery query, CancellationToken cancellationToken = default) =>
        Run(static (store, query, cancellationToken) => store._documents.QueryAsync(query, cancellationToken), query, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long> CountDocumentsAsync(DocumentQuery query, CancellationToken cancellationToken = default) =>
        Run(static (store, query, cancellationToken) => store._documents.CountAsync(query, cancellationToken), query, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<CollectionGenerations> GetGenerationsAsync(string collection, CancellationToken cancellationToken = default) =>
        Run(static (store, collection, cancellationToken) => store._documents.GenerationsAsync(collection, cancellationToken), collection, cancellationToken);

    /// <summary>Calls a part of the store, unless the store is closed or the call cancelled. Errors reach whoever awaits.</summary>
    private async ValueTask<TResult> Run<TArgument, TResult>(
        Func<PostgresEventStore, TArgument, CancellationToken, ValueTask<TResult>> call, TArgument argument, CancellationToken cancellationToken)
    {
        Check(cancellationToken);
        using var shielded = new ShieldedToken(cancellationToken);
        try
        {
            return await call(this, argument, shielded.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException error) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(error.Message, error, cancellationToken);
        }
        catch (ObjectDisposedException) when (_disposed)
        {
            throw new ObjectDisposedException(nameof(PostgresEventStore));
        }
    }
}
