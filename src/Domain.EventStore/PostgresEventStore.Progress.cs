using Protean.Storage;

namespace Protean.EventStore;

public sealed partial class PostgresEventStore
{
    /// <inheritdoc/>
    public ValueTask<Checkpoint?> GetCheckpointAsync(CheckpointKey key, CancellationToken cancellationToken = default) => Run(
        static async (store, key, cancellationToken) =>
        {
            ReadValidation.Check(key);
            var found = await store._progress.CheckpointsAsync(key.Name, key.Partition, cancellationToken).ConfigureAwait(false);
            return found.Count == 0 ? null : found[0];
        },
        key,
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<Checkpoint>> ListCheckpointsAsync(string? name = null, CancellationToken cancellationToken = default) =>
        Run(static (store, name, cancellationToken) => store._progress.CheckpointsAsync(name, null, cancellationToken), name, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<NodeStatus>> HeartbeatAsync(Heartbeat heartbeat, CancellationToken cancellationToken = default) =>
        Run(static (store, heartbeat, cancellationToken) => store._progress.HeartbeatAsync(heartbeat, cancellationToken), heartbeat, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<FailureRecord>> QueryFailuresAsync(FailureQuery query, CancellationToken cancellationToken = default) =>
        Run(static (store, query, cancellationToken) => store._failures.QueryAsync(query, cancellationToken), query, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long> CountFailuresAsync(FailureQuery query, CancellationToken cancellationToken = default) =>
        Run(static (store, query, cancellationToken) => store._failures.CountAsync(query, cancellationToken), query, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long> PurgeFailuresAsync(FailureQuery query, CancellationToken cancellationToken = default) =>
        Run(static (store, query, cancellationToken) => store._failures.PurgeAsync(query, cancellationToken), query, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ClaimedKey?> GetKeyAsync(string scope, string key, CancellationToken cancellationToken = default) =>
        Run(static (store, call, cancellationToken) => store._progress.KeyAsync(call.scope, call.key, cancellationToken), (scope, key), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long> PurgeKeysAsync(DateTimeOffset before, CancellationToken cancellationToken = default) =>
        Run(static (store, before, cancellationToken) => store._progress.PurgeKeysAsync(before, cancellationToken), before, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<HandledMark>> GetMarksAsync(string handler, long after, long upTo, CancellationToken cancellationToken = default) =>
        Run(
            static (store, call, cancellationToken) => store._progress.MarksAsync(call.handler, call.after, call.upTo, cancellationToken),
            (handler, after, upTo),
            cancellationToken);

    /// <inheritdoc/>
    public async ValueTask PurgeMarksAsync(string handler, long upTo, CancellationToken cancellationToken = default) => await Run(
        static async (store, call, cancellationToken) =>
        {
            await store._progress.PurgeMarksAsync(call.handler, call.upTo, cancellationToken).ConfigureAwait(false);
            return true;
        },
        (handler, upTo),
        cancellationToken).ConfigureAwait(false);
}
