using Protean.EventStore.Sqlite.Progress;
using Protean.Storage;

namespace Protean.EventStore.Sqlite;

public sealed partial class SqliteEventStore
{
    /// <inheritdoc/>
    public ValueTask<Checkpoint?> GetCheckpointAsync(CheckpointKey key, CancellationToken cancellationToken = default) =>
        ReadAsync(static (database, call) => CheckpointTable.Find(database, call.key, call.Now), (key, Now: _time.GetUtcNow()), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<Checkpoint>> ListCheckpointsAsync(string? name = null, CancellationToken cancellationToken = default) =>
        ReadAsync(static (database, call) => CheckpointTable.List(database, call.name, call.Now), (name, Now: _time.GetUtcNow()), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<NodeStatus>> HeartbeatAsync(Heartbeat heartbeat, CancellationToken cancellationToken = default)
    {
        ReadValidation.Check(heartbeat);
        return await WriteAsync(
            static (database, call) => NodeTable.Hear(database, call.heartbeat, call._time.GetUtcNow()), (heartbeat, _time), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<FailureRecord>> QueryFailuresAsync(FailureQuery query, CancellationToken cancellationToken = default) =>
        ReadAsync(static (database, query) => FailureTable.Query(database, query), query, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long> CountFailuresAsync(FailureQuery query, CancellationToken cancellationToken = default) =>
        ReadAsync(static (database, query) => FailureTable.Count(database, query), query, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<long> PurgeFailuresAsync(FailureQuery query, CancellationToken cancellationToken = default)
    {
        ReadValidation.Check(query);
        return await WriteAsync(static (database, query) => FailureTable.Purge(database, query), query, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask<ClaimedKey?> GetKeyAsync(string scope, string key, CancellationToken cancellationToken = default) =>
        ReadAsync(static (database, call) => KeyTable.Find(database, call.scope, call.key), (scope, key), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long> PurgeKeysAsync(DateTimeOffset before, CancellationToken cancellationToken = default) =>
        WriteAsync(static (database, before) => KeyTable.Purge(database, before) + CommitTable.Purge(database, before), before, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<HandledMark>> GetMarksAsync(string handler, long after, long upTo, CancellationToken cancellationToken = default) =>
        ReadAsync(static (database, call) => MarkTable.List(database, call.handler, call.after, call.upTo), (handler, after, upTo), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask PurgeMarksAsync(string handler, long upTo, CancellationToken cancellationToken = default)
    {
        ReadValidation.CheckHandler(handler);
        await WriteAsync(
            static (database, call) =>
            {
                MarkTable.Purge(database, call.handler, call.upTo);
                return true;
            },
            (handler, upTo),
            cancellationToken).ConfigureAwait(false);
    }
}
