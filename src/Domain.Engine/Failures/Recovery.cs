using Protean.Storage;

namespace Protean.Engine;

/// <summary>Tries failed deliveries of a partition again, between two messages, each in a commit of its own.</summary>
internal sealed class Recovery(
    EngineContext engine, Subscription subscription, PartitionCommits commits, Staging staging, CallRunner runner, MessageReader reader, Parking parking, Breaker breaker)
{
    /// <summary>Tries a delivery that is due. If it succeeds, what waits behind it is handled.</summary>
    /// <param name="due">The record, as somebody has read it.</param>
    /// <param name="stop">Begins nothing else.</param>
    /// <param name="cancellationToken">Gives up what is begun.</param>
    public async ValueTask RecoverAsync(FailureRecord due, CancellationToken stop, CancellationToken cancellationToken)
    {
        // It may have been tried, replayed or purged since it was found.
        var record = await FailureScan.FindAsync(engine.Store, due.Key, cancellationToken).ConfigureAwait(false);
        if (record is not { Status: FailureStatus.Retrying } || record.NextAttemptAt > engine.Time.GetUtcNow())
            return;
        if (await TryAsync(record, stop, cancellationToken).ConfigureAwait(false) && record.ParkKey is { } key)
            await ReleaseAsync(key, stop, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Handles what waits behind failures that are not there any more, whoever has ended them.</summary>
    public async ValueTask ReleaseAllAsync(CancellationToken stop, CancellationToken cancellationToken)
    {
        foreach (var key in await parking.ReleasableAsync(cancellationToken).ConfigureAwait(false))
            await ReleaseAsync(key, stop, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Handles what waits with a key, message by message, until one fails or nothing waits any more.</summary>
    private async ValueTask ReleaseAsync(string key, CancellationToken stop, CancellationToken cancellationToken)
    {
        while (!stop.IsCancellationRequested && !breaker.IsOpen)
        {
            var first = await parking.FirstAsync(key, cancellationToken).ConfigureAwait(false);
            if (first.Count == 0)
            {
                parking.Release(key);
                return;
            }

            // As in a first delivery, a method that fails does not keep the others from running.
            var isOver = true;
            foreach (var record in await InOrderAsync(first, cancellationToken).ConfigureAwait(false))
                isOver &= record.Status == FailureStatus.Parked && await TryAsync(record, stop, cancellationToken).ConfigureAwait(false);
            if (!isOver)
                return;
        }
    }

    /// <summary>The records of one message in the order in which its methods run.</summary>
    private async ValueTask<IEnumerable<FailureRecord>> InOrderAsync(IReadOnlyList<FailureRecord> records, CancellationToken cancellationToken)
    {
        if (records.Count == 1 || await reader.FindAsync(records[0], cancellationToken).ConfigureAwait(false) is not { } stored)
            return records;
        var calls = subscription.CallsFor(stored);
        return records.OrderBy(r => Array.FindIndex(calls, c => c.Method == r.Key.Method));
    }

    /// <returns>Whether it has succeeded, or can never be tried again.</returns>
    private async ValueTask<bool> TryAsync(FailureRecord record, CancellationToken stop, CancellationToken cancellationToken)
    {
        var stored = await reader.FindAsync(record, cancellationToken).ConfigureAwait(false);
        if (stored is null || subscription.CallsFor(stored).FirstOrDefault(c => c.Method == record.Key.Method) is not { } call)
        {
            engine.Log.FailedMessageGone(subscription.ShortName, record.MessageType, record.MessageId);
            staging.Begin(record.Key.GlobalPosition);
            return await FinishAsync(record, null, cancellationToken).ConfigureAwait(false) is null;
        }

        if (reader.Read(stored, out _, out var problem) is not { } message)
        {
            engine.Log.Unreadable(problem!, subscription.ShortName, stored.Type, stored.Id, stored.GlobalPosition);
            return await FailAsync(record, null, null, problem!, cancellationToken).ConfigureAwait(false);
        }

        for (var attempt = 1; ; attempt++)
        {
            var (isDone, failure) = await CallAsync(record, call, message, cancellationToken).ConfigureAwait(false);
            if (failure is null)
                return isDone;
            if (!CanRepeat(failure, message, attempt))
                return await FailAsync(record, call, message, failure.Error, cancellationToken).ConfigureAwait(false);
            await Task.Delay(subscription.Retry.DelayBefore(attempt), engine.Time, stop).ConfigureAwait(false);
        }
    }

    /// <summary>Calls the method. Its effects and the end of its record are one commit.</summary>
    private async ValueTask<(bool IsDone, Failure? Failure)> CallAsync(FailureRecord record, Call call, Message message, CancellationToken cancellationToken)
    {
        using var span = DeliverySpan.Start(subscription, record.Partition, message, engine.Time.GetUtcNow(), record.Retries + 1);
        staging.Begin(record.Key.GlobalPosition);
        try
        {
            await runner.RunAsync(call, message, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (!PartitionDelivery.IsOutside(error, cancellationToken))
        {
            span?.Failed(error);
            return (false, new(error, IsRefusal: false));
        }

        if (await FinishAsync(record, null, cancellationToken).ConfigureAwait(false) is not { } refusal)
        {
            Probed(breaker.Succeeded);
            engine.Log.Recovered(subscription.ShortName, call.Method, record.MessageType, record.MessageId, record.Retries + 1);
            return (true, null);
        }

        // Somebody else has changed the record, and with it what was done here is undone: the next look finds what is to be done now.
        if (Refusal.IsOf(record, refusal))
            return (false, null);
        if (!Refusal.IsHandledAlready(refusal))
            return (false, new(refusal, IsRefusal: true));
        staging.Begin(record.Key.GlobalPosition);
        return (await FinishAsync(record, null, cancellationToken).ConfigureAwait(false) is null, null);
    }

    private bool CanRepeat(Failure failure, Message message, int attempt) =>
        failure.IsRefusal
        && Refusal.CanRetry(failure.Error)
        && attempt <= subscription.Retry.Count
        && !(message.Metadata.Deadline < engine.Time.GetUtcNow() + subscription.Retry.DelayBefore(attempt));

    /// <summary>Records that it has failed once more, with what its error handlers have done, as far as the store takes that.</summary>
    /// <returns>Whether it is tried no more and not kept, so that what waits behind it is next.</returns>
    private async ValueTask<bool> FailAsync(FailureRecord record, Call? call, Message? message, Exception error, CancellationToken cancellationToken)
    {
        Probed(() => breaker.Failed(isCertain: true));
        var next = FailureRecords.Failed(record, error, subscription is CommandSubscription, engine.Time.GetUtcNow(), subscription.Settings);
        var isDead = next.Status == FailureStatus.Dead;
        var isDropped = isDead && !subscription.Settings.DeadLetters;
        var kept = isDropped ? null : next;
        staging.Begin(record.Key.GlobalPosition);
        if (call is not null && message is not null && !call.IsOver(error, message))
            await runner.ReactAsync(call, error, message, cancellationToken).ConfigureAwait(false);
        var refusal = await FinishAsync(record, kept, cancellationToken).ConfigureAwait(false);
        if (refusal is not null && !Refusal.IsOf(record, refusal))
        {
            engine.Domain.Log.ErrorHandlerFailed(refusal, subscription.ShortName, record.MessageType, record.MessageId);
            staging.Begin(record.Key.GlobalPosition);
            refusal = await FinishAsync(record, kept, cancellationToken).ConfigureAwait(false);
        }

        if (refusal is not null || !isDead)
            return false;
        if (isDropped)
            engine.Log.Dropped(subscription.ShortName, record.Key.Method, record.MessageType, record.MessageId, next.Retries);
        else
            engine.Log.Died(subscription.ShortName, record.Key.Method, record.MessageType, record.MessageId, next.Retries);
        return isDropped;
    }

    /// <summary>Commits what is staged, with the record as it is to be; none ends it.</summary>
    /// <returns>Why the store has refused it, if it has.</returns>
    private async ValueTask<Exception?> FinishAsync(FailureRecord record, FailureRecord? next, CancellationToken cancellationToken)
    {
        staging.Stage(new FailureWrite(record.Key, record.Revision, next));
        if (subscription is CommandSubscription)
            staging.Announce(record.MessageId);
        try
        {
            await commits.AddAsync(staging.Take(), null, cancellationToken).ConfigureAwait(false);
            await commits.FlushAsync(cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (PartitionCommitException error) when (Refusal.IsOfEffects(error) || Refusal.IsOf(record, error.InnerException!))
        {
            commits.Reset();
            engine.Domain.Generations.Forget();
            return error.InnerException;
        }
    }

    /// <summary>While the circuit breaker probes, a recovery is as good a probe as a message; otherwise it says nothing about those that follow.</summary>
    private void Probed(Action tell)
    {
        if (breaker.IsProbing)
            tell();
    }

    private sealed record Failure(Exception Error, bool IsRefusal);
}
