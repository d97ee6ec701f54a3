using Protean.Storage;

namespace Protean.Engine;

/// <summary>What could not be delivered: to be listed, inspected, replayed and purged.</summary>
public sealed class DeadLetters
{
    private readonly EngineContext _engine;
    private readonly IReadOnlyDictionary<string, Subscription> _subscriptions;
    private readonly Action _hurry;

    internal DeadLetters(EngineContext engine, IReadOnlyDictionary<string, Subscription> subscriptions, Action hurry)
    {
        _engine = engine;
        _subscriptions = subscriptions;
        _hurry = hurry;
    }

    /// <summary>Lists what is tried no more, or whatever else the query asks for.</summary>
    public async Task<IReadOnlyList<FailureRecord>> ListAsync(FailureQuery? query = null, CancellationToken cancellationToken = default) =>
        await _engine.Store.QueryFailuresAsync(Of(query), cancellationToken).ConfigureAwait(false);

    /// <summary>Counts what is tried no more, or whatever else the query asks for.</summary>
    public async Task<long> CountAsync(FailureQuery? query = null, CancellationToken cancellationToken = default) =>
        await _engine.Store.CountFailuresAsync(Of(query), cancellationToken).ConfigureAwait(false);

    /// <summary>Looks at one: its record with every attempt, and the message as it is stored.</summary>
    /// <returns>Nothing if there is no such record.</returns>
    public async Task<DeadLetter?> InspectAsync(FailureKey key, CancellationToken cancellationToken = default)
    {
        if (await FindAsync(key, cancellationToken).ConfigureAwait(false) is not { } record)
            return null;
        var page = await _engine.Store.ReadLogAsync(
            new() { After = key.GlobalPosition - 1, UpTo = key.GlobalPosition, MaxCount = 1, IncludeArchived = true }, cancellationToken).ConfigureAwait(false);
        return new(record, page.Messages.Count == 0 ? null : page.Messages[0]);
    }

    /// <summary>Has one tried again, by its own handler only, as soon as whoever handles its partition gets to it.</summary>
    /// <returns>Whether there was such a record.</returns>
    public async Task<bool> ReplayAsync(FailureKey key, CancellationToken cancellationToken = default)
    {
        if (await FindAsync(key, cancellationToken).ConfigureAwait(false) is not { } record)
            return false;
        await ReviveAsync(record, cancellationToken).ConfigureAwait(false);
        _hurry();
        return true;
    }

    /// <summary>Has everything tried again that a query finds among what is tried no more.</summary>
    /// <returns>How many there are.</returns>
    public async Task<int> ReplayAllAsync(FailureQuery? query = null, CancellationToken cancellationToken = default)
    {
        var count = 0;
        await foreach (var record in FailureScan.AllAsync(_engine.Store, Of(query), cancellationToken).ConfigureAwait(false))
        {
            await ReviveAsync(record, cancellationToken).ConfigureAwait(false);
            count++;
        }

        _hurry();
        return count;
    }

    /// <summary>Gives one up for good. What waited behind it is handled.</summary>
    /// <returns>Whether there was such a record.</returns>
    public async Task<bool> PurgeAsync(FailureKey key, CancellationToken cancellationToken = default)
    {
        if (await FindAsync(key, cancellationToken).ConfigureAwait(false) is not { } record)
            return false;
        await PurgeAsync(record, cancellationToken).ConfigureAwait(false);
        _hurry();
        return true;
    }

    /// <summary>Gives everything up for good that a query finds among what is tried no more.</summary>
    /// <returns>How many there were.</returns>
    public async Task<int> PurgeAllAsync(FailureQuery? query = null, CancellationToken cancellationToken = default)
    {
        var count = 0;
        await foreach (var record in FailureScan.AllAsync(_engine.Store, Of(query), cancellationToken).ConfigureAwait(false))
        {
            await PurgeAsync(record, cancellationToken).ConfigureAwait(false);
            count++;
        }

        _hurry();
        return count;
    }

    private FailureQuery Of(FailureQuery? query)
    {
        query ??= new();
        query = query.Status is null ? query with { Status = FailureStatus.Dead } : query;
        // The name as it was given stands for the durable one.
        return query.Handler is { } name && _subscriptions.Values.FirstOrDefault(s => s.ShortName == name) is { } known ? query with { Handler = known.Name } : query;
    }

    private async ValueTask<FailureRecord?> FindAsync(FailureKey key, CancellationToken cancellationToken)
    {
        var before = new FailureKey(key.Handler, "", key.GlobalPosition);
        var found = await _engine.Store.QueryFailuresAsync(new() { Handler = key.Handler, After = before, Take = 100 }, cancellationToken).ConfigureAwait(false);
        return found.FirstOrDefault(r => r.Key == key);
    }

    private async ValueTask ReviveAsync(FailureRecord record, CancellationToken cancellationToken)
    {
        var now = _engine.Time.GetUtcNow();
        var revived = record with { Status = FailureStatus.Retrying, Retries = 0, NextAttemptAt = now, UpdatedAt = now };
        await _engine.Domain.CommitAsync(new() { Failures = [new(record.Key, record.Revision, revived)] }, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask PurgeAsync(FailureRecord record, CancellationToken cancellationToken)
    {
        List<FailureWrite> writes = [new(record.Key, record.Revision, null)];
        if (record.ParkKey is { } parkKey)
        {
            var waiting = await _engine.Store.QueryFailuresAsync(
                new() { Handler = record.Key.Handler, Partition = record.Partition, ParkKey = parkKey, Take = 2 }, cancellationToken).ConfigureAwait(false);
            // The next one goes on in its place, and lets the others through after it.
            if (waiting.FirstOrDefault(w => w.Key != record.Key) is { Status: FailureStatus.Parked } next)
                writes.Add(new(next.Key, next.Revision, next with { Status = FailureStatus.Retrying, NextAttemptAt = _engine.Time.GetUtcNow() }));
        }

        await _engine.Domain.CommitAsync(new() { Failures = writes }, cancellationToken).ConfigureAwait(false);
    }
}

/// <summary>A failed delivery with its message.</summary>
/// <param name="Record">What is known of the failure: status, retries, every attempt with its stack.</param>
/// <param name="Message">The message: headers, payload, where it comes from. Nothing if it is gone from the log.</param>
public sealed record DeadLetter(FailureRecord Record, StoredMessage? Message);
