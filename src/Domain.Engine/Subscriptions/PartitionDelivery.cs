using Protean.Storage;

namespace Protean.Engine;

/// <summary>Takes single messages to the methods of a partition's handler, and failures to where they are kept.</summary>
internal sealed class PartitionDelivery
{
    private readonly EngineContext _engine;
    private readonly Subscription _subscription;
    private readonly PartitionLease _lease;
    private readonly int _partitions;
    private readonly PartitionCommits _commits;
    private readonly Staging _staging;
    private readonly CallRunner _runner;

    public PartitionDelivery(EngineContext engine, Subscription subscription, PartitionLease lease, int partitions, PartitionCommits commits)
    {
        _engine = engine;
        _subscription = subscription;
        _lease = lease;
        _partitions = partitions;
        _commits = commits;
        _staging = new(engine.Domain, commits, subscription.Name);
        _runner = new(engine, subscription, _staging);
        Parking = new(engine, subscription, lease);
        Breaker = new(subscription.Settings.CircuitBreakerThreshold);
    }

    public Parking Parking { get; }

    public Breaker Breaker { get; }

    /// <summary>Reads what was kept of earlier deliveries: which methods had handled a message that was not done with, and what waits behind failures.</summary>
    public async ValueTask LoadAsync(CancellationToken cancellationToken)
    {
        _staging.Load(await _engine.Store.GetMarksAsync(_subscription.Name, _lease.Position, long.MaxValue, cancellationToken).ConfigureAwait(false));
        await Parking.LoadAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Handles a message: each method for itself, and its progress with its effects.</summary>
    /// <exception cref="HaltException">It failed, and the handler stops then.</exception>
    public async ValueTask HandleAsync(StoredMessage stored, CancellationToken cancellationToken)
    {
        var calls = _subscription.CallsFor(stored);
        if (calls.Length == 0)
        {
            await _commits.AddAsync(null, stored.GlobalPosition, cancellationToken).ConfigureAwait(false);
            return;
        }

        _staging.Begin(stored.GlobalPosition);
        if (Read(stored, out var unreadable) is { } message)
        {
            var key = _subscription.KeyOf(stored, message.Payload);
            if (_subscription.HasKeys && StreamName.StableHash(key) % _partitions != _lease.Key.Partition)
            {
                _commits.Pass(stored.GlobalPosition);
                return;
            }

            if (Parking.Holds(key))
                Park(calls, stored, key);
            else
                await CallAllAsync(calls, stored, message, key, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            foreach (var call in calls)
                Fail(call, stored, unreadable!, stored.Stream.Value);
        }

        await _commits.AddAsync(_staging.Take(), stored.GlobalPosition, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Records that the store would not take what a message has left: it is a failure of its methods.</summary>
    public async ValueTask RefusedAsync(StoredMessage stored, Exception error, CancellationToken cancellationToken)
    {
        _staging.Begin(stored.GlobalPosition);
        // It was handled before, by somebody whose outcome nobody knew.
        if (error is not DuplicateKeyException { Scope: IdempotencyKeys.OutcomeScope })
        {
            var message = Read(stored, out _);
            foreach (var call in _subscription.CallsFor(stored))
            {
                _engine.Log.EffectsRefused(error, _subscription.ShortName, call.Method, stored.Type, stored.Id);
                if (message is not null)
                    await call.ReactAsync(error, message, _staging.Workspace(), cancellationToken).ConfigureAwait(false);
                Fail(call, stored, error, message is null ? stored.Stream.Value : _subscription.KeyOf(stored, message.Payload));
            }
        }

        await _commits.AddAsync(_staging.Take(), stored.GlobalPosition, cancellationToken).ConfigureAwait(false);
        await _commits.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Tries a failed delivery again. Its effects and the end of its record are one commit.</summary>
    /// <returns>Whether it has succeeded, or can never be tried again.</returns>
    public async ValueTask<bool> RecoverAsync(FailureRecord record, CancellationToken cancellationToken)
    {
        var stored = await FindAsync(record, cancellationToken).ConfigureAwait(false);
        _staging.Begin(record.Key.GlobalPosition);
        if (stored is null || _subscription.CallsFor(stored).FirstOrDefault(c => c.Method == record.Key.Method) is not { } call)
        {
            _engine.Log.FailedMessageGone(_subscription.ShortName, record.MessageType, record.MessageId);
            return await FinishAsync(record, null, cancellationToken).ConfigureAwait(false);
        }

        using var span = DeliverySpan.Start(_subscription, _lease.Key.Partition, stored, _engine.Time.GetUtcNow(), record.Retries + 1);
        Exception? failure;
        Message? message = null;
        try
        {
            message = Read(stored, out failure);
            if (message is not null)
            {
                await _runner.RunAsync(call, message, cancellationToken).ConfigureAwait(false);
                _engine.Log.Recovered(_subscription.ShortName, call.Method, record.MessageType, record.MessageId, record.Retries + 1);
                return await FinishAsync(record, null, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (!IsOutside(error, cancellationToken))
        {
            failure = error;
        }

        span?.Failed(failure!);
        _staging.Begin(record.Key.GlobalPosition);
        if (message is not null)
            await call.ReactAsync(failure!, message, _staging.Workspace(), cancellationToken).ConfigureAwait(false);
        return await FinishAsync(record, failure, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<bool> FinishAsync(FailureRecord record, Exception? error, CancellationToken cancellationToken)
    {
        var next = error is null ? null : FailureRecords.Failed(record, error, error is CommitRefusedException, _engine.Time.GetUtcNow(), _subscription.Settings);
        _staging.Stage(new FailureWrite(record.Key, record.Revision, next));
        if (_subscription is CommandSubscription)
            _staging.Announce(record.MessageId);
        await _commits.AddAsync(_staging.Take(), null, cancellationToken).ConfigureAwait(false);
        await _commits.FlushAsync(cancellationToken).ConfigureAwait(false);
        if (next?.Status == FailureStatus.Dead)
            _engine.Log.Died(_subscription.ShortName, record.Key.Method, record.MessageType, record.MessageId, next.Retries);
        return next is null;
    }

    private async ValueTask CallAllAsync(Call[] calls, StoredMessage stored, Message message, string key, CancellationToken cancellationToken)
    {
        using var span = DeliverySpan.Start(_subscription, _lease.Key.Partition, stored, _engine.Time.GetUtcNow());
        foreach (var call in calls)
        {
            if (_staging.IsDone(call.Method))
                continue;
            try
            {
                await _runner.RunAsync(call, message, cancellationToken).ConfigureAwait(false);
                Breaker.Succeeded();
            }
            catch (Exception error) when (!IsOutside(error, cancellationToken))
            {
                span?.Failed(error);
                await FailedAsync(call, stored, message, key, error, cancellationToken).ConfigureAwait(false);
            }

            _staging.Done(call.Method);
        }

        if (Telemetry.DeliveryLatency.Enabled)
            Telemetry.DeliveryLatency.Record(OldestMessage.Of(_engine.Time.GetUtcNow(), stored.Time).TotalSeconds, Telemetry.Of(_subscription.ShortName));
        if (_subscription is CommandSubscription)
            _staging.Announce(stored.Id);
    }

    private async ValueTask FailedAsync(Call call, StoredMessage stored, Message message, string key, Exception error, CancellationToken cancellationToken)
    {
        if (call.IsOver(error))
        {
            _engine.Domain.Log.CommandExpired(stored.Type, stored.Id, stored.Metadata.Deadline ?? default);
            if (call.OnFailure(stored, error) is { } outcome)
                _staging.Stage(outcome);
            return;
        }

        Breaker.Failed();
        if (_subscription.Settings.OnFailure == FailurePolicy.Stop)
        {
            // Nothing of the message counts, except that its failure is known.
            _staging.Begin(stored.GlobalPosition);
            await call.ReactAsync(error, message, _staging.Workspace(), cancellationToken).ConfigureAwait(false);
            Fail(call, stored, error, key);
            await _commits.AddAsync(_staging.Take(), null, cancellationToken).ConfigureAwait(false);
            await _commits.FlushAsync(cancellationToken).ConfigureAwait(false);
            throw new HaltException(stored, error);
        }

        await call.ReactAsync(error, message, _staging.Workspace(), cancellationToken).ConfigureAwait(false);
        Fail(call, stored, error, key);
        if (_subscription.Settings.DeadLetters)
            Parking.Failed(key);
    }

    private void Fail(Call call, StoredMessage stored, Exception error, string key)
    {
        if (call.OnFailure(stored, error) is { } beside)
            _staging.Stage(beside);
        if (!_subscription.Settings.DeadLetters)
            return;
        var record = FailureRecords.New(
            _subscription.Name, call.Method, _lease.Key.Partition, stored, Parking.KeyOf(key), _engine.Time.GetUtcNow(), error, _subscription.Settings);
        _staging.Stage(new FailureWrite(record.Key, FailureWrite.AnyRevision, record));
        if (record.Status == FailureStatus.Dead)
            _engine.Log.Died(_subscription.ShortName, call.Method, stored.Type, stored.Id, 0);
    }

    private void Park(Call[] calls, StoredMessage stored, string key)
    {
        _engine.Log.Parked(_subscription.ShortName, stored.Type, stored.Id, key);
        foreach (var call in calls)
        {
            var record = FailureRecords.New(_subscription.Name, call.Method, _lease.Key.Partition, stored, key, _engine.Time.GetUtcNow(), null, _subscription.Settings);
            _staging.Stage(new FailureWrite(record.Key, FailureWrite.AnyRevision, record));
        }
    }

    private Message? Read(StoredMessage stored, out Exception? problem)
    {
        try
        {
            problem = null;
            return _engine.Delivery.ToMessage(stored);
        }
        catch (ProteanException error)
        {
            _engine.Log.Unreadable(error, _subscription.ShortName, stored.Type, stored.Id, stored.GlobalPosition);
            problem = error;
            return null;
        }
    }

    private async ValueTask<StoredMessage?> FindAsync(FailureRecord record, CancellationToken cancellationToken)
    {
        var position = record.Key.GlobalPosition;
        var page = await _engine.Store.ReadLogAsync(new() { After = position - 1, UpTo = position, MaxCount = 1, IncludeArchived = true }, cancellationToken).ConfigureAwait(false);
        return page.Messages.Count == 1 && page.Messages[0].Id == record.MessageId ? page.Messages[0] : null;
    }

    /// <summary>Whether an error is none of the handler's: the store is away, the engine stops, or what was gathered before was refused.</summary>
    private static bool IsOutside(Exception error, CancellationToken cancellationToken) =>
        error is StoreUnavailableException or PartitionCommitException || (error is OperationCanceledException && cancellationToken.IsCancellationRequested);
}

/// <summary>A handler that stops at failures has failed.</summary>
internal sealed class HaltException(StoredMessage message, Exception error) : Exception(error.Message, error)
{
    public StoredMessage Halted => message;
}
