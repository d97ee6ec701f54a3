using System.Runtime.CompilerServices;
using Protean.EventStore.Sqlite.Log;
using Protean.Storage;

namespace Protean.EventStore.Sqlite;

public sealed partial class SqliteEventStore
{
    /// <inheritdoc/>
    public async ValueTask<long> TruncateStreamAsync(
        StreamName stream, long position, NewMessage baseline, CancellationToken cancellationToken = default)
    {
        CommitValidation.CheckTruncation(stream, position, baseline);
        return await WriteAsync(
            static (database, call) => MessageLog.Truncate(database, call.stream, call.position, call.baseline),
            (stream, position, baseline),
            cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<CommitResult> ArchiveStreamAsync(
        StreamName stream, long expectedVersion, NewMessage tombstone, CancellationToken cancellationToken = default)
    {
        CommitValidation.CheckArchive(stream, expectedVersion, tombstone);
        var result = await WriteAsync(
            static (database, call) =>
            {
                var head = MessageLog.Head(database);
                var positions = MessageLog.Append(database, [new(call.stream, call.expectedVersion, [call.tombstone])], head);
                MessageLog.Archive(database, call.stream);
                return new CommitResult(head, head + 1, head + 1, positions);
            },
            (stream, expectedVersion, tombstone),
            cancellationToken).ConfigureAwait(false);
        _signal.Advance(result.Head);
        return result;
    }

    /// <inheritdoc/>
    public ValueTask<StreamStatistics?> GetStreamStatisticsAsync(StreamName stream, CancellationToken cancellationToken = default) =>
        ReadAsync(static (database, stream) => StreamQueries.Describe(database, stream), stream, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StreamStatistics>> ListStreamsAsync(string category, string? after, int take, CancellationToken cancellationToken = default) =>
        ReadAsync(static (database, call) => StreamQueries.List(database, call.category, call.after, call.take), (category, after, take), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<CategoryStatistics>> ListCategoriesAsync(CancellationToken cancellationToken = default) =>
        ReadAsync(static (database, _) => StreamQueries.ListCategories(database), 0, cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoreFinding> VerifyAsync(
        IReadOnlyList<SnapshotCollection> snapshots, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(snapshots);
        foreach (var beginning in Verification.Beginnings(snapshots))
        {
            for (var next = beginning; next is not null;)
            {
                var page = await ReadAsync(static (database, read) => read(database), next, cancellationToken).ConfigureAwait(false);
                foreach (var finding in page.Findings)
                    yield return finding;
                next = page.Next;
            }
        }
    }
}
