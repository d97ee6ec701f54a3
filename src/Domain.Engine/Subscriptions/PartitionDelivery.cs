using Protean.Storage;

namespace Protean.Engine;

/// <summary>Takes single messages to the methods of a partition's handler, and failures to where they are kept.</summary>
internal sealed class PartitionDelivery
{
    private readonly EngineContext _engine;
    private readonly Subscription _subscription;
    private readonly PartitionLease _lease;
    private readonly PartitionCut _cut;
    private readonly int _partitions;
    private readonly PartitionCommits _commits;
    private readonly Staging _staging;
    private readonly CallRunner _runner;
    private readonly MessageReader _reader;

    public PartitionDelivery(EngineContext engine, Subscription subscription, PartitionLease lease, PartitionCut cut, int partitions, PartitionCommits commits)
    {
        _engine = engine;
        _subscription = subscription;
        _lease = lease;
        _cut = cut;
        _partitions = partitions;
        _commits = commits;
        _staging = new(engine.Domain, commits, subscription);
        _runner = new(engine, subscription, _staging);
        _reader = new(engine, cut);
        Parking = new(engine, subscription, lease);
        Breaker = new(subscription.Settings.CircuitBreakerThreshold);
        Recovery = new(engine, subscription, commits, _staging, _runner, _reader, Parking, Breaker);
    }

    public Parking Parking { get; }

    public Breaker Breaker { get; }

    public Recovery Recovery { get; }

    private bool IsOfCommands => _subscription is CommandSubscription;

    /// <summary>Reads what was kept of earlier deliveries: which methods had handled a message that was not done with, and what waits behind failures.</summary>
    public async ValueTask LoadAsync(CancellationToken cancellationToken)
    {
        await LoadMarksAsync(_commits.Committed, long.MaxValue, cancellationToken).ConfigureAwait(false);
        await Parking.LoadAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads which messages of a range were handled already, by methods that the store knows of.</summary>
    public async ValueTask LoadMarksAsync(long after, long upTo, CancellationToken cancellationToken)
    {
        List<HandledMark> marks = [];
        foreach (var name in _subscription.Names)
            marks.AddRange(await _engine.Store.GetMarksAsync(name, after, upTo, cancellationToken).ConfigureAwait(false));
        _staging.Load(marks);
    }

    /// <summary>Handles a message: each method for itself, and its progress with its effects.</summary>
    /// <param name="stored">The message.</param>
    /// <param name="isAlone">Whether each method is to have a commit of its own, so that a refusal is its own.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="HaltException">It failed, and the handler stops then.</exception>
    public async ValueTask HandleAsync(StoredMessage stored, bool isAlone, CancellationToken cancellationToken)
    {
        var calls = _subscription.CallsFor(stored);
        if (calls.Length == 0)
        {
            if (IsOfCommands)
                _engine.Domain.Log.UnknownTypeSkipped(stored.Id, stored.Type);
            await _commits.AddAsync(null, stored.GlobalPosition, cancellationToken).ConfigureAwait(false);
            return;
        }

        _staging.Begin(stored.GlobalPosition);
        var message = _reader.Read(stored, out var key, out var problem);
        if (_cut.HasKeys && StreamName.StableHash(key) % _partitions != _lease.Key.Partition)
        {
            // Only the payload tells that it is another partition's, so others who look at the position cannot see past it.
            await _commits.AddAsync(null, stored.GlobalPosition, cancellationToken).ConfigureAwait(false);
            return;
        }

        if (Parking.Holds(key))
            Park(calls, stored, key);
        else if (message is null)
            await UnreadableAsync(calls, stored, key, problem!, cancellationToken).ConfigureAwait(false);
        else
            await CallAllAsync(calls, stored, message, key, isAlone, cancellationToken).ConfigureAwait(false);
        await _commits.AddAsync(_staging.Finish(), stored.GlobalPosition, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Records that the store would not take what a method has left, when it was alone in its commit: that is a failure of the method.</summary>
    /// <returns>Whether the message is done with; if not, there are methods that have not handled it yet.</returns>
    /// <exception cref="HaltException">The handler stops at failures.</exception>
    public async ValueTask<bool> RefusedAsync(StoredMessage stored, Exception refusal, CancellationToken cancellationToken)
    {
        _staging.Begin(stored.GlobalPosition);
        Call[] left = [.. _subscription.CallsFor(stored).Where(c => !_staging.IsDone(c.Method))];
        if (Refusal.IsHandledAlready(refusal))
        {
            await CommitAsync(stored, isLast: true, cancellationToken).ConfigureAwait(false);
            return true;
        }

        // Nothing was refused then but the record of a failure, and nobody can help that.
        if (left.Length == 0 || _reader.Read(stored, out var key, out _) is not { } message)
            throw new InvalidOperationException("The store does not take that a message could not be handled.", refusal);
        var isLast = left.Length == 1;
        _engine.Log.EffectsRefused(refusal, _subscription.ShortName, left[0].Method, stored.Type, stored.Id);
        if (_subscription.Settings.OnFailure == FailurePolicy.Stop)
            await HaltAsync(left[0], stored, message, refusal, cancellationToken).ConfigureAwait(false);
        Breaker.Failed(isCertain: true);
        await FailAloneAsync(left[0], stored, message, refusal, key, isLast, cancellationToken).ConfigureAwait(false);
        return isLast;
    }

    private async ValueTask CallAllAsync(Call[] calls, StoredMessage stored, Message message, string key, bool isAlone, CancellationToken cancellationToken)
    {
        using var span = DeliverySpan.Start(_subscription, _lease.Key.Partition, message, _engine.Time.GetUtcNow());
        var last = Array.FindLast(calls, c => !_staging.IsDone(c.Method));
        foreach (var call in calls)
        {
            if (_staging.IsDone(call.Method))
                continue;
            try
            {
                await _runner.RunAsync(call, message, cancellationToken).ConfigureAwait(false);
                if (_subscription.IsSafetyNet)
                    _staging.Mark(call.Method);
                _staging.Done(call.Method);
                if (!isAlone)
                {
                    Breaker.Returned(stored.GlobalPosition);
                    continue;
                }

                await CommitAsync(stored, call == last, cancellationToken).ConfigureAwait(false);
                Breaker.Succeeded();
            }
            catch (Exception error) when (!IsOutside(error, cancellationToken))
            {
                span?.Failed(error);
                await FailedAsync(call, stored, message, key, error, isAlone, call == last, cancellationToken).ConfigureAwait(false);
            }
        }

        if (Telemetry.DeliveryLatency.Enabled)
            Telemetry.DeliveryLatency.Record(OldestMessage.Of(_engine.Time.GetUtcNow(), stored.Time).TotalSeconds, Telemetry.Of(_subscription.ShortName));
        if (IsOfCommands && !isAlone)
            _staging.Announce(stored.Id);
    }

    private async ValueTask FailedAsync(
        Call call, StoredMessage stored, Message message, string key, Exception error, bool isAlone, bool isLast, CancellationToken cancellationToken)
    {
        if (call.IsOver(error, message))
        {
            _engine.Domain.Log.CommandExpired(stored.Type, stored.Id, stored.Metadata.Deadline ?? default);
            await _staging.StageAsync(call.OnFailure(stored, error) ?? new(), cancellationToken).ConfigureAwait(false);
            if (isAlone)
                await CommitAsync(stored, isLast, cancellationToken).ConfigureAwait(false);
            return;
        }

        if (_subscription.Settings.OnFailure == FailurePolicy.Stop)
            await HaltAsync(call, stored, message, error, cancellationToken).ConfigureAwait(false);
        Breaker.Failed(isAlone);
        if (isAlone)
        {
            await FailAloneAsync(call, stored, message, error, key, isLast, cancellationToken).ConfigureAwait(false);
            return;
        }

        await _runner.ReactAsync(call, error, message, cancellationToken).ConfigureAwait(false);
        await RecordAsync(call, stored, error, key, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Records a failure in a commit of its own. If that is refused, it is for what the error handlers have done: their failures go no further.</summary>
    private async ValueTask FailAloneAsync(Call call, StoredMessage stored, Message message, Exception error, string key, bool isLast, CancellationToken cancellationToken)
    {
        try
        {
            await _runner.ReactAsync(call, error, message, cancellationToken).ConfigureAwait(false);
            await RecordAsync(call, stored, error, key, cancellationToken).ConfigureAwait(false);
            await CommitAsync(stored, isLast, cancellationToken).ConfigureAwait(false);
        }
        catch (PartitionCommitException refused) when (Refusal.IsOfEffects(refused) && !Refusal.IsHandledAlready(refused.InnerException!))
        {
            _commits.Reset();
            _engine.Domain.Log.ErrorHandlerFailed(refused.InnerException!, _subscription.ShortName, stored.Type, stored.Id);
            _staging.Begin(stored.GlobalPosition);
            await RecordAsync(call, stored, error, key, cancellationToken).ConfigureAwait(false);
            await CommitAsync(stored, isLast, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Commits what the methods so far have left, before the next one is called.</summary>
    private async ValueTask CommitAsync(StoredMessage stored, bool isLast, CancellationToken cancellationToken)
    {
        if (!isLast)
        {
            await _staging.SettleAsync(cancellationToken).ConfigureAwait(false);
            return;
        }

        if (IsOfCommands)
            _staging.Announce(stored.Id);
        await _commits.AddAsync(_staging.Finish(), stored.GlobalPosition, cancellationToken).ConfigureAwait(false);
        await _commits.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Stops. Nothing that the message has left is kept, and no record of it, because it is to be handled again.</summary>
    private async ValueTask HaltAsync(Call call, StoredMessage stored, Message? message, Exception error, CancellationToken cancellationToken)
    {
        _staging.Begin(stored.GlobalPosition);
        await _commits.FlushAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (message is not null)
                await _runner.ReactAsync(call, error, message, cancellationToken).ConfigureAwait(false);
            await _commits.AddAsync(_staging.Take(), null, cancellationToken).ConfigureAwait(false);
            await _commits.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (PartitionCommitException refused) when (Refusal.IsOfEffects(refused))
        {
            _commits.Reset();
            _engine.Domain.Log.ErrorHandlerFailed(refused.InnerException!, _subscription.ShortName, stored.Type, stored.Id);
        }

        throw new HaltException(stored, error);
    }

    private async ValueTask UnreadableAsync(Call[] calls, StoredMessage stored, string key, Exception problem, CancellationToken cancellationToken)
    {
        _engine.Log.Unreadable(problem, _subscription.ShortName, stored.Type, stored.Id, stored.GlobalPosition);
        if (_subscription.Settings.OnFailure == FailurePolicy.Stop)
            await HaltAsync(calls[0], stored, null, problem, cancellationToken).ConfigureAwait(false);
        foreach (var call in calls)
            await RecordAsync(call, stored, problem, key, cancellationToken).ConfigureAwait(false);
        if (IsOfCommands)
            _staging.Announce(stored.Id);
    }

    /// <summary>Stages the record of a failure, and has later messages wait behind it if that is the policy.</summary>
    private async ValueTask RecordAsync(Call call, StoredMessage stored, Exception error, string key, CancellationToken cancellationToken)
    {
        if (call.OnFailure(stored, error) is { } beside)
            await _staging.StageAsync(beside, cancellationToken).ConfigureAwait(false);
        if (_subscription.Settings.KeepsFailures)
            Keep(FailureRecords.New(_subscription, call.Method, _lease.Key.Partition, stored, Parking.KeyOf(key), _engine.Time.GetUtcNow(), error), key);

        // Whoever has recorded the failure answers for the message: what an inline handler still does about it is refused.
        if (_subscription.IsSafetyNet)
            _staging.Mark(call.Method);
        _staging.Done(call.Method);
    }

    private void Keep(FailureRecord record, string key)
    {
        var isDead = record.Status == FailureStatus.Dead;
        if (isDead && !_subscription.Settings.DeadLetters)
        {
            _engine.Log.Dropped(_subscription.ShortName, record.Key.Method, record.MessageType, record.MessageId, 0);
            return;
        }

        _staging.Stage(new FailureWrite(record.Key, FailureWrite.AnyRevision, record));
        Parking.Failed(key);
        if (isDead)
            _engine.Log.Died(_subscription.ShortName, record.Key.Method, record.MessageType, record.MessageId, 0);
    }

    private void Park(Call[] calls, StoredMessage stored, string key)
    {
        _engine.Log.Parked(_subscription.ShortName, stored.Type, stored.Id, key);
        foreach (var call in calls)
        {
            if (_staging.IsDone(call.Method))
                continue;
            var record = FailureRecords.Parked(_subscription, call.Method, _lease.Key.Partition, stored, key, _engine.Time.GetUtcNow());
            _staging.Stage(new FailureWrite(record.Key, FailureWrite.AnyRevision, record));
            if (_subscription.IsSafetyNet)
                _staging.Mark(call.Method);
        }
    }

    /// <summary>Whether an error is none of the handler's: the store is away, the engine stops, or what was gathered before was refused.</summary>
    public static bool IsOutside(Exception error, CancellationToken cancellationToken) =>
        error is StoreUnavailableException or BrokerAwayException or PartitionCommitException || (error is OperationCanceledException && cancellationToken.IsCancellationRequested);
}

/// <summary>A handler that stops at failures has failed.</summary>
internal sealed class HaltException(StoredMessage message, Exception error)
    : Exception($"{message.Type} {message.Id} at position {message.GlobalPosition}: {error.Message}", error)
{
    public StoredMessage Halted => message;
}
