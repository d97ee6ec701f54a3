using Protean.Storage;

namespace Protean.Tests.Processing;

/// <summary>A store in memory that refuses commits, or lets others in before them, when it is told to.</summary>
internal sealed class FaultyStore : IEventStore
{
    private readonly InMemoryEventStore _inner = new();

    /// <summary>The error that a commit ends with; nothing to let it through.</summary>
    public Func<Commit, Exception?> FailCommit { get; set; } = _ => null;

    /// <summary>Whether each commit first lets others run, as a store does that has to be waited for.</summary>
    public bool Yields { get; init; }

    public string Name => "faulty";

    public async ValueTask<CommitResult> CommitAsync(Commit commit, CancellationToken cancellationToken = default)
    {
        if (FailCommit(commit) is { } error)
            throw error;
        if (Yields)
            await Task.Yield();
        return await _inner.CommitAsync(commit, cancellationToken);
    }

    public ValueTask InitializeAsync(StoreDefinition definition, CancellationToken cancellationToken = default) => _inner.InitializeAsync(definition, cancellationToken);

    public ValueTask<StreamPage> ReadStreamAsync(StreamRead read, CancellationToken cancellationToken = default) => _inner.ReadStreamAsync(read, cancellationToken);

    public ValueTask<LogPage> ReadLogAsync(LogRead read, CancellationToken cancellationToken = default) => _inner.ReadLogAsync(read, cancellationToken);

    public ValueTask<StoredMessage?> FindMessageAsync(Guid id, CancellationToken cancellationToken = default) => _inner.FindMessageAsync(id, cancellationToken);

    public ValueTask<LogPage> ReadCorrelationAsync(string correlationId, long after, int maxCount, CancellationToken cancellationToken = default) => _inner.ReadCorrelationAsync(correlationId, after, maxCount, cancellationToken);

    public ValueTask<long> GetHeadAsync(CancellationToken cancellationToken = default) => _inner.GetHeadAsync(cancellationToken);

    public ValueTask<long> FindStartAsync(DateTimeOffset from, CancellationToken cancellationToken = default) => _inner.FindStartAsync(from, cancellationToken);

    public ValueTask<long> WaitForAppendAsync(long after, CancellationToken cancellationToken = default) => _inner.WaitForAppendAsync(after, cancellationToken);

    public ValueTask<StoredDocument?> LoadDocumentAsync(DocumentAddress address, CancellationToken cancellationToken = default) => _inner.LoadDocumentAsync(address, cancellationToken);

    public ValueTask<IReadOnlyList<StoredDocument?>> LoadDocumentsAsync(IReadOnlyList<DocumentAddress> addresses, CancellationToken cancellationToken = default) => _inner.LoadDocumentsAsync(addresses, cancellationToken);

    public ValueTask<IReadOnlyList<StoredDocument>> QueryDocumentsAsync(DocumentQuery query, CancellationToken cancellationToken = default) => _inner.QueryDocumentsAsync(query, cancellationToken);

    public ValueTask<long> CountDocumentsAsync(DocumentQuery query, CancellationToken cancellationToken = default) => _inner.CountDocumentsAsync(query, cancellationToken);

    public ValueTask<CollectionGenerations> GetGenerationsAsync(string collection, CancellationToken cancellationToken = default) => _inner.GetGenerationsAsync(collection, cancellationToken);

    public ValueTask<Checkpoint?> GetCheckpointAsync(CheckpointKey key, CancellationToken cancellationToken = default) => _inner.GetCheckpointAsync(key, cancellationToken);

    public ValueTask<IReadOnlyList<Checkpoint>> ListCheckpointsAsync(string? name = null, CancellationToken cancellationToken = default) => _inner.ListCheckpointsAsync(name, cancellationToken);

    public ValueTask<IReadOnlyList<NodeStatus>> HeartbeatAsync(Heartbeat heartbeat, CancellationToken cancellationToken = default) => _inner.HeartbeatAsync(heartbeat, cancellationToken);

    public ValueTask<IReadOnlyList<FailureRecord>> QueryFailuresAsync(FailureQuery query, CancellationToken cancellationToken = default) => _inner.QueryFailuresAsync(query, cancellationToken);

    public ValueTask<long> CountFailuresAsync(FailureQuery query, CancellationToken cancellationToken = default) => _inner.CountFailuresAsync(query, cancellationToken);

    public ValueTask<long> PurgeFailuresAsync(FailureQuery query, CancellationToken cancellationToken = default) => _inner.PurgeFailuresAsync(query, cancellationToken);

    public ValueTask<ClaimedKey?> GetKeyAsync(string scope, string key, CancellationToken cancellationToken = default) => _inner.GetKeyAsync(scope, key, cancellationToken);

    public ValueTask<long> PurgeKeysAsync(DateTimeOffset before, CancellationToken cancellationToken = default) => _inner.PurgeKeysAsync(before, cancellationToken);

    public ValueTask<IReadOnlyList<HandledMark>> GetMarksAsync(string handler, long after, long upTo, CancellationToken cancellationToken = default) => _inner.GetMarksAsync(handler, after, upTo, cancellationToken);

    public ValueTask PurgeMarksAsync(string handler, long upTo, CancellationToken cancellationToken = default) => _inner.PurgeMarksAsync(handler, upTo, cancellationToken);

    public ValueTask<long> TruncateStreamAsync(StreamName stream, long position, NewMessage baseline, CancellationToken cancellationToken = default) => _inner.TruncateStreamAsync(stream, position, baseline, cancellationToken);

    public ValueTask<CommitResult> ArchiveStreamAsync(StreamName stream, long expectedVersion, NewMessage tombstone, CancellationToken cancellationToken = default) => _inner.ArchiveStreamAsync(stream, expectedVersion, tombstone, cancellationToken);

    public ValueTask<StreamStatistics?> GetStreamStatisticsAsync(StreamName stream, CancellationToken cancellationToken = default) => _inner.GetStreamStatisticsAsync(stream, cancellationToken);

    public ValueTask<IReadOnlyList<StreamStatistics>> ListStreamsAsync(string category, string? after, int take, CancellationToken cancellationToken = default) => _inner.ListStreamsAsync(category, after, take, cancellationToken);

    public ValueTask<IReadOnlyList<CategoryStatistics>> ListCategoriesAsync(CancellationToken cancellationToken = default) => _inner.ListCategoriesAsync(cancellationToken);

    public IAsyncEnumerable<StoreFinding> VerifyAsync(IReadOnlyList<SnapshotCollection> snapshots, CancellationToken cancellationToken = default) => _inner.VerifyAsync(snapshots, cancellationToken);

    public ValueTask DisposeAsync() => _inner.DisposeAsync();
}
