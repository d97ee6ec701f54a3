using System.Runtime.CompilerServices;
using Protean.Storage;

namespace Protean;

/// <summary>Keeps a store in order: truncates and archives streams, and looks for what cannot be right.</summary>
public sealed class DomainMaintenance
{
    private readonly Domain _domain;

    internal DomainMaintenance(Domain domain) => _domain = domain;

    /// <summary>
    /// Removes the history of an event-sourced aggregate up to a version and leaves its state at that version as a baseline in the stream,
    /// so that it loads as before. Past states before the version are gone.
    /// </summary>
    /// <param name="id">The aggregate.</param>
    /// <param name="atVersion">The position of the event that the baseline takes the place of. Default: the last one.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>How many messages were removed.</returns>
    /// <exception cref="AggregateNotFoundException">There is no such aggregate, or it had no such version.</exception>
    public async Task<long> TruncateAsync<TAggregate>(AggregateId id, long? atVersion = null, CancellationToken cancellationToken = default)
        where TAggregate : AggregateRoot
    {
        var (model, stream) = await PrepareAsync<TAggregate>(id, cancellationToken).ConfigureAwait(false);
        var root = await _domain.Workspace.Loader.LoadPastAsync(model, model.KeyOf(id), atVersion, null, cancellationToken).ConfigureAwait(false)
            ?? throw new AggregateNotFoundException(typeof(TAggregate), atVersion is null ? $"with id '{id}'" : $"with id '{id}' at version {atVersion}");
        var baseline = Message(MessageKind.Baseline, $"{DomainNaming.ClassName(model.Type)}Baseline.{model.State.VersionStamp}", model.State.Write(root));
        return await _domain.Store.TruncateStreamAsync(stream, root.Version, baseline, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Closes the stream of an event-sourced aggregate with a tombstone: it is not found any more, nothing can be appended, and its messages no
    /// longer show in reads of the log.
    /// </summary>
    /// <exception cref="AggregateNotFoundException">There is no such aggregate.</exception>
    /// <exception cref="ConcurrencyException">Somebody else changed it meanwhile.</exception>
    public async Task ArchiveAsync<TAggregate>(AggregateId id, CancellationToken cancellationToken = default)
        where TAggregate : AggregateRoot
    {
        var (model, stream) = await PrepareAsync<TAggregate>(id, cancellationToken).ConfigureAwait(false);
        var statistics = await _domain.Store.GetStreamStatisticsAsync(stream, cancellationToken).ConfigureAwait(false);
        if (statistics is null || statistics.IsArchived)
            throw new AggregateNotFoundException(typeof(TAggregate), $"with id '{id}'");
        var tombstone = Message(MessageKind.Tombstone, $"{DomainNaming.ClassName(model.Type)}Archived.v1", "{}"u8.ToArray());
        await _domain.Store.ArchiveStreamAsync(stream, statistics.Version, tombstone, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Looks through the whole store for what cannot be right. Writes nothing.</summary>
    public async IAsyncEnumerable<StoreFinding> VerifyAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await _domain.EnsureStartedAsync(cancellationToken).ConfigureAwait(false);
        SnapshotCollection[] snapshots = [.. _domain.Model.Aggregates.Values.Where(a => a.SnapshotEvery > 0).Select(a => new SnapshotCollection(a.SnapshotCollection, a.Category))];
        await foreach (var finding in _domain.Store.VerifyAsync(snapshots, cancellationToken).ConfigureAwait(false))
            yield return finding;
    }

    private async ValueTask<(AggregateModel Model, StreamName Stream)> PrepareAsync<TAggregate>(AggregateId id, CancellationToken cancellationToken)
    {
        var model = _domain.Model.AggregateOf(typeof(TAggregate));
        if (!model.IsEventSourced)
            throw new NotSupportedException($"{model.Type.Name} stores its state, so its stream is no part of it: remove the aggregate, and leave its events as the record of what happened.");
        await _domain.EnsureStartedAsync(cancellationToken).ConfigureAwait(false);
        return (model, model.StreamOf(id));
    }

    private NewMessage Message(MessageKind kind, string type, byte[] body)
    {
        var now = _domain.Time.GetUtcNow();
        return NewMessage.Create(Guid.CreateVersion7(now), $"{_domain.Model.TypePrefix}.{type}", kind, now, body, Causation.Beginning(null, null));
    }
}
