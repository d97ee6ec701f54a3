using Protean.Storage;

namespace Protean.Engine;

/// <summary>A store that asks another for everything; derived classes change what is read of streams and documents.</summary>
internal abstract class ReadThroughStore(IEventStore store) : IEventStore
{
    public string Name => store.Name;

    public bool SharesWork => store.SharesWork;

    protected IEventStore Store => store;

    public ValueTask InitializeAsync(StoreDefinition definition, CancellationToken cancellationToken = default) =>
        store.InitializeAsync(definition, cancellationToken);

    public ValueTask<CommitResult> CommitAsync(Commit commit, CancellationToken cancellationToken = default) =>
        store.CommitAsync(commit, cancellationToken);

    public virtual ValueTask<StreamPage> ReadStreamAsync(StreamRead read, CancellationToken cancellationToken = default) =>
        store.ReadStreamAsync(read, cancellationToken);

    public ValueTask<LogPage> ReadLogAsync(LogRead read, CancellationToken cancellationToken = default) =>
        store.ReadLogAsync(read, cancellationToken);

    public ValueTask<StoredMessage?> FindMessageAsync(Guid id, CancellationToken cancellationToken = default) =>
        store.FindMessageAsync(id, cancellationToken);

    public ValueTask<LogPage> ReadCorrelationAsync(string correlationId, long after, int maxCount, CancellationToken cancellationToken = default) =>
        store.ReadCorrelationAsync(correlationId, after, maxCount, cancellationToken);

    public ValueTask<long> GetHeadAsync(CancellationToken cancellationToken = default) =>
        store.GetHeadAsync(cancellationToken);

    public ValueTask<long> FindStartAsync(DateTimeOffset from, CancellationToken cancellationToken = default) =>
        store.FindStartAsync(from, cancellationToken);

    public ValueTask<long> WaitForAppendAsync(long after, CancellationToken cancellationToken = default) =>
        store.WaitForAppendAsync(after, cancellationToken);

    public virtual ValueTask<StoredDocument?> LoadDocumentAsync(DocumentAddress address, CancellationToken cancellationToken = default) =>
        store.LoadDocumentAsync(address, cancellationToken);

    public virtual ValueTask<IReadOnlyList<StoredDocument?>> LoadDocumentsAsync(IReadOnlyList<DocumentAddress> addresses, CancellationToken cancellationToken = default) =>
        store.LoadDocumentsAsync(addresses, cancellationToken);

    public virtual ValueTask<IReadOnlyList<StoredDocument>> QueryDocumentsAsync(DocumentQuery query, CancellationToken cancellationToken = default) =>
        store.QueryDocumentsAsync(query, cancellationToken);

    public virtual ValueTask<long> CountDocumentsAsync(DocumentQuery query, CancellationToken cancellationToken = default) =>
        store.CountDocumentsAsync(query, cancellationToken);

    public ValueTask<CollectionGenerations> GetGenerationsAsync(string collection, CancellationToken cancellationToken = default) =>
        store.GetGenerationsAsync(collection, cancellationToken);

    public ValueTask<Checkpoint?> GetCheckpointAsync(CheckpointKey key, CancellationToken cancellationToken = default) =>
        store.GetCheckpointAsync(key, cancellationToken);

    public ValueTask<IReadOnlyList<Checkpoint>> ListCheckpointsAsync(string? name = null, CancellationToken cancellationToken = default) =>
        store.ListCheckpointsAsync(name, cancellationToken);

    public ValueTask<IReadOnlyList<NodeStatus>> HeartbeatAsync(Heartbeat heartbeat, CancellationToken cancellationToken = default) =>
        store.HeartbeatAsync(heartbeat, cancellationToken);

    public ValueTask<IReadOnlyList<FailureRecord>> QueryFailuresAsync(FailureQuery query, CancellationToken cancellationToken = default) =>
        store.QueryFailuresAsync(query, cancellationToken);

    public ValueTask<long> CountFailuresAsync(FailureQuery query, CancellationToken cancellationToken = default) =>
        store.CountFailuresAsync(query, cancellationToken);

    public ValueTask<long> PurgeFailuresAsync(FailureQuery query, CancellationToken cancellationToken = default) =>
        store.PurgeFailuresAsync(query, cancellationToken);

    public ValueTask<ClaimedKey?> GetKeyAsync(string scope, string key, CancellationToken cancellationToken = default) =>
        store.GetKeyAsync(scope, key, cancellationToken);

    public ValueTask<long> PurgeKeysAsync(DateTimeOffset before, CancellationToken cancellationToken = default) =>
        store.PurgeKeysAsync(before, cancellationToken);

    public ValueTask<IReadOnlyList<HandledMark>> GetMarksAsync(string handler, long after, long upTo, CancellationToken cancellationToken = default) =>
        store.GetMarksAsync(handler, after, upTo, cancellationToken);

    public ValueTask PurgeMarksAsync(string handler, long upTo, CancellationToken cancellationToken = default) =>
        store.PurgeMarksAsync(handler, upTo, cancellationToken);

    public ValueTask<long> TruncateStreamAsync(StreamName stream, long position, NewMessage baseline, CancellationToken cancellationToken = default) =>
        store.TruncateStreamAsync(stream, position, baseline, cancellationToken);

    public ValueTask<CommitResult> ArchiveStreamAsync(StreamName stream, long expectedVersion, NewMessage tombstone, CancellationToken cancellationToken = default) =>
        store.ArchiveStreamAsync(stream, expectedVersion, tombstone, cancellationToken);

    public ValueTask<StreamStatistics?> GetStreamStatisticsAsync(StreamName stream, CancellationToken cancellationToken = default) =>
        store.GetStreamStatisticsAsync(stream, cancellationToken);

    public ValueTask<IReadOnlyList<StreamStatistics>> ListStreamsAsync(string category, string? after, int take, CancellationToken cancellationToken = default) =>
        store.ListStreamsAsync(category, after, take, cancellationToken);

    public ValueTask<IReadOnlyList<CategoryStatistics>> ListCategoriesAsync(CancellationToken cancellationToken = default) =>
        store.ListCategoriesAsync(cancellationToken);

    public IAsyncEnumerable<StoreFinding> VerifyAsync(IReadOnlyList<SnapshotCollection> snapshots, CancellationToken cancellationToken = default) =>
        store.VerifyAsync(snapshots, cancellationToken);

    /// <summary>The store belongs to the domain.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
