namespace Protean.Storage;

public sealed partial class InMemoryEventStore
{
    /// <inheritdoc/>
    public ValueTask<Checkpoint?> GetCheckpointAsync(CheckpointKey key, CancellationToken cancellationToken = default) =>
        Run(
            static (store, key) =>
            {
                ReadValidation.Check(key);
                lock (store._gate)
                    return store._checkpoints.Find(key);
            },
            key,
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<Checkpoint>> ListCheckpointsAsync(string? name = null, CancellationToken cancellationToken = default) =>
        Run(
            static (store, name) =>
            {
                lock (store._gate)
                    return store._checkpoints.List(name);
            },
            name,
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<NodeStatus>> HeartbeatAsync(Heartbeat heartbeat, CancellationToken cancellationToken = default) =>
        Run(
            static (store, heartbeat) =>
            {
                ReadValidation.Check(heartbeat);
                lock (store._gate)
                    return store._checkpoints.Hear(heartbeat);
            },
            heartbeat,
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<FailureRecord>> QueryFailuresAsync(FailureQuery query, CancellationToken cancellationToken = default) =>
        Run(
            static (store, query) =>
            {
                ReadValidation.Check(query);
                lock (store._gate)
                    return store._failures.Query(query);
            },
            query,
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long> CountFailuresAsync(FailureQuery query, CancellationToken cancellationToken = default) =>
        Run(
            static (store, query) =>
            {
                ReadValidation.Check(query);
                lock (store._gate)
                    return store._failures.Count(query);
            },
            query,
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long> PurgeFailuresAsync(FailureQuery query, CancellationToken cancellationToken = default) =>
        Run(
            static (store, query) =>
            {
                ReadValidation.Check(query);
                lock (store._gate)
                    return store._failures.Purge(query);
            },
            query,
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ClaimedKey?> GetKeyAsync(string scope, string key, CancellationToken cancellationToken = default) =>
        Run(
            static (store, call) =>
            {
                ReadValidation.CheckKey(call.scope, call.key);
                lock (store._gate)
                    return store._keys.Find(call.scope, call.key);
            },
            (scope, key),
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long> PurgeKeysAsync(DateTimeOffset before, CancellationToken cancellationToken = default) =>
        Run(
            static (store, before) =>
            {
                lock (store._gate)
                    return store._keys.Purge(before);
            },
            before,
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<HandledMark>> GetMarksAsync(
        string handler, long after, long upTo, CancellationToken cancellationToken = default) =>
        Run(
            static (store, call) =>
            {
                ReadValidation.CheckHandler(call.handler);
                lock (store._gate)
                    return store._keys.Marks(call.handler, call.after, call.upTo);
            },
            (handler, after, upTo),
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask PurgeMarksAsync(string handler, long upTo, CancellationToken cancellationToken = default)
    {
        var done = Run(
            static (store, call) =>
            {
                ReadValidation.CheckHandler(call.handler);
                lock (store._gate)
                    store._keys.PurgeMarks(call.handler, call.upTo);
                return true;
            },
            (handler, upTo),
            cancellationToken);
        return done.IsCompletedSuccessfully ? ValueTask.CompletedTask : new(done.AsTask());
    }
}
