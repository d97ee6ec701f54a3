using Protean.Storage;

namespace Protean.EventStore;

public sealed partial class PostgresEventStore
{
    /// <inheritdoc/>
    public ValueTask<long> TruncateStreamAsync(StreamName stream, long position, NewMessage baseline, CancellationToken cancellationToken = default) => Run(
        static (store, call, cancellationToken) => store._operations.TruncateAsync(call.stream, call.position, call.baseline, cancellationToken),
        (stream, position, baseline),
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<CommitResult> ArchiveStreamAsync(StreamName stream, long expectedVersion, NewMessage tombstone, CancellationToken cancellationToken = default) => Run(
        static (store, call, cancellationToken) =>
        {
            CommitValidation.CheckArchive(call.stream, call.expectedVersion, call.tombstone);
            return store.WriteAloneAsync(
                new() { Appends = [new(call.stream, call.expectedVersion, [call.tombstone])] }, [store._operations.Archive(call.stream)], cancellationToken);
        },
        (stream, expectedVersion, tombstone),
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StreamStatistics?> GetStreamStatisticsAsync(StreamName stream, CancellationToken cancellationToken = default) =>
        Run(static (store, stream, cancellationToken) => store._operations.StreamAsync(stream, cancellationToken), stream, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StreamStatistics>> ListStreamsAsync(string category, string? after, int take, CancellationToken cancellationToken = default) =>
        Run(static (store, call, cancellationToken) => store._operations.StreamsAsync(call.category, call.after, call.take, cancellationToken), (category, after, take), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<CategoryStatistics>> ListCategoriesAsync(CancellationToken cancellationToken = default) =>
        Run(static (store, _, cancellationToken) => store._operations.CategoriesAsync(cancellationToken), 0, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<StoreFinding> VerifyAsync(IReadOnlyList<SnapshotCollection> snapshots, CancellationToken cancellationToken = default)
    {
        Check(cancellationToken);
        return new Verification(_database, _collections).RunAsync(snapshots, cancellationToken);
    }
}
