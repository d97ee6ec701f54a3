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
        if (await FailureScan.FindAsync(_engine.Store, key, cancellationToken).ConfigureAwait(false) is not { } record)
            return null;
        return new(record, await _engine.Store.FindMessageAsync(record.MessageId, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>
    /// Has one tried again, by its own handler only, as soon as whoever handles its partition gets to it. What waits behind another failure is
    /// handled after that, and cannot be replayed before.
    /// </summary>
    /// <returns>Whether there was such a record.</returns>
    public async Task<bool> ReplayAsync(FailureKey key, CancellationToken cancellationToken = default) =>
        await ChangeAsync(key, Revived, cancellationToken).ConfigureAwait(false);

    /// <summary>Has everything tried again that a query finds among what is tried no more.</summary>
    /// <returns>How many there are.</returns>
    public Task<int> ReplayAllAsync(FailureQuery? query = null, CancellationToken cancellationToken = default) => ChangeAllAsync(query, Revived, cancellationToken);

    /// <summary>Gives one up for good. What waited behind it is handled.</summary>
    /// <returns>Whether there was such a record.</returns>
    public async Task<bool> PurgeAsync(FailureKey key, CancellationToken cancellationToken = default) =>
        await ChangeAsync(key, Purged, cancellationToken).ConfigureAwait(false);

    /// <summary>Gives everything up for good that a query finds among what is tried no more.</summary>
    /// <returns>How many there were.</returns>
    public Task<int> PurgeAllAsync(FailureQuery? query = null, CancellationToken cancellationToken = default) => ChangeAllAsync(query, Purged, cancellationToken);

    private static FailureWrite? Purged(FailureRecord record) => new(record.Key, record.Revision, null);

    private FailureWrite? Revived(FailureRecord record)
    {
        if (record.Status == FailureStatus.Parked)
            return null;
        var now = _engine.Time.GetUtcNow();
        return new(record.Key, record.Revision, record with { Status = FailureStatus.Retrying, Retries = 0, NextAttemptAt = now, UpdatedAt = now });
    }

    private async Task<int> ChangeAllAsync(FailureQuery? query, Func<FailureRecord, FailureWrite?> change, CancellationToken cancellationToken)
    {
        var count = 0;
        query = Of(query);
        await foreach (var record in FailureScan.AllAsync(_engine.Store, query, cancellationToken).ConfigureAwait(false))
        {
            if (await WriteAsync(change(record), cancellationToken).ConfigureAwait(false))
                count++;
        }

        _hurry();
        return count;
    }

    private async ValueTask<bool> ChangeAsync(FailureKey key, Func<FailureRecord, FailureWrite?> change, CancellationToken cancellationToken)
    {
        while (await FailureScan.FindAsync(_engine.Store, key, cancellationToken).ConfigureAwait(false) is { } record)
        {
            if (change(record) is not { } write)
                return false;
            if (!await WriteAsync(write, cancellationToken).ConfigureAwait(false))
                continue;
            _hurry();
            return true;
        }

        return false;
    }

    /// <returns>Whether it was written; not if somebody else has changed the record meanwhile.</returns>
    private async ValueTask<bool> WriteAsync(FailureWrite? write, CancellationToken cancellationToken)
    {
        if (write is not { } change)
            return false;
        try
        {
            await _engine.Domain.CommitAsync(new() { Failures = [change] }, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (ConcurrencyException)
        {
            return false;
        }
    }

    private FailureQuery Of(FailureQuery? query)
    {
        query ??= new();
        query = query.Status is null ? query with { Status = FailureStatus.Dead } : query;
        // The name as it was given stands for the durable one.
        return query.Handler is { } name && _subscriptions.Values.FirstOrDefault(s => s.ShortName == name) is { } known ? query with { Handler = known.Name } : query;
    }
}

/// <summary>A failed delivery with its message.</summary>
/// <param name="Record">What is known of the failure: status, retries, every attempt with its stack.</param>
/// <param name="Message">The message: headers, payload, where it comes from. Nothing if it is gone from the log.</param>
public sealed record DeadLetter(FailureRecord Record, StoredMessage? Message);
