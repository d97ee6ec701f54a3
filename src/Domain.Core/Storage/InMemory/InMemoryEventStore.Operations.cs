using System.Runtime.CompilerServices;
using Protean.Storage.InMemory;

namespace Protean.Storage;

public sealed partial class InMemoryEventStore
{
    /// <inheritdoc/>
    public ValueTask<long> TruncateStreamAsync(
        StreamName stream, long position, NewMessage baseline, CancellationToken cancellationToken = default) =>
        Run(
            static (store, call) => store.Truncate(call.stream, call.position, call.baseline),
            (stream, position, baseline),
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask<CommitResult> ArchiveStreamAsync(
        StreamName stream, long expectedVersion, NewMessage tombstone, CancellationToken cancellationToken = default) =>
        Run(
            static (store, call) => store.Archive(call.stream, call.expectedVersion, call.tombstone),
            (stream, expectedVersion, tombstone),
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StreamStatistics?> GetStreamStatisticsAsync(StreamName stream, CancellationToken cancellationToken = default) =>
        Run(
            static (store, stream) =>
            {
                CommitValidation.CheckStream(stream);
                lock (store._gate)
                    return store._log.Stream(stream)?.Statistics();
            },
            stream,
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StreamStatistics>> ListStreamsAsync(string category, string? after, int take, CancellationToken cancellationToken = default) =>
        Run(static (store, page) => store.Streams(page.category, page.after, page.take), (category, after, take), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<CategoryStatistics>> ListCategoriesAsync(CancellationToken cancellationToken = default) =>
        Run<int, IReadOnlyList<CategoryStatistics>>(static (store, _) => store.Categories(), 0, cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoreFinding> VerifyAsync(
        IReadOnlyList<SnapshotCollection> snapshots, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var verification = await Run(static (store, snapshots) => store.Verify(snapshots), snapshots, cancellationToken).ConfigureAwait(false);
        foreach (var finding in verification.Findings())
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return finding;
        }
    }

    private long Truncate(StreamName name, long position, in NewMessage baseline)
    {
        CommitValidation.CheckTruncation(name, position, baseline);
        lock (_gate)
        {
            var stream = _log.Stream(name);
            if (stream is null || position < stream.FirstPosition || position > stream.Version)
                throw Conflict.Of(name, position, stream?.Version ?? ExpectedVersion.NoStream);
            var removed = position - stream.FirstPosition;
            _log.Truncate(stream, position, baseline);
            return removed;
        }
    }

    private CommitResult Archive(StreamName name, long expectedVersion, in NewMessage tombstone)
    {
        CommitValidation.CheckArchive(name, expectedVersion, tombstone);
        CommitResult result;
        lock (_gate)
        {
            result = Write(new() { Appends = [new(name, expectedVersion, [tombstone])] });
            _log.Stream(name)!.ArchiveAt(result.Head);
        }

        _signal.Advance(result.Head);
        return result;
    }

    private List<CategoryStatistics> Categories()
    {
        var found = new List<CategoryStatistics>();
        lock (_gate)
        {
            foreach (var category in _log.Categories)
                found.Add(category.Statistics());
        }

        found.Sort(static (left, right) => CodePointOrder.Compare(left.Category, right.Category));
        return found;
    }

    private StoreVerification Verify(IReadOnlyList<SnapshotCollection> collections)
    {
        ArgumentNullException.ThrowIfNull(collections);
        lock (_gate)
        {
            var snapshots = new List<StoredSnapshot>();
            foreach (var collection in collections)
            {
                foreach (var row in _documents.Collection(collection.Collection).Generation(null)!.Rows)
                {
                    var stream = StoredSnapshot.StreamOf(collection.Category, row.Key);
                    var version = stream is { } name ? _log.Stream(name)?.Version : null;
                    snapshots.Add(new(collection.Collection, row.Key, row.Document.Version, version ?? ExpectedVersion.NoStream));
                }
            }

            return new(_log.Entries.Slice(), _log.Head, _checkpoints.List(null), snapshots);
        }
    }

    private IReadOnlyList<StreamStatistics> Streams(string category, string? after, int take)
    {
        ArgumentException.ThrowIfNullOrEmpty(category);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(take);
        lock (_gate)
        {
            return
            [
                .. _log.StreamsOf(category)
                    .Where(s => after is null || CodePointOrder.Compare(s.Name.Value, after) > 0)
                    .OrderBy(s => s.Name.Value, Comparer<string>.Create(CodePointOrder.Compare))
                    .Take(take)
                    .Select(s => s.Statistics()),
            ];
        }
    }
}
