using System.Runtime.ExceptionServices;
using Protean.Storage;

namespace Protean.Engine;

/// <summary>Handles the messages of one partition in their order, as long as this node owns it.</summary>
internal sealed class PartitionLoop
{
    private readonly EngineContext _engine;
    private readonly Subscription _subscription;
    private readonly PartitionLease _lease;
    private readonly IPartitionFeed _feed;
    private readonly PartitionCommits _commits;
    private readonly PartitionDelivery _delivery;
    private readonly Backoff _backoff;
    private readonly DueRecoveries _due = new();
    private readonly Signal _wake = new();
    private readonly CancellationToken _stop;
    private readonly CancellationToken _abort;
    private long _position;
    private long _oneByOneUpTo;
    private int _refusals;
    private Exception? _lastRefusal;
    private bool _isLoaded;
    private volatile bool _isHalted;
    private volatile FeedWait? _idle;

    /// <param name="engine">The engine.</param>
    /// <param name="subscription">Whose partition it is.</param>
    /// <param name="lease">The checkpoint, as it was taken.</param>
    /// <param name="cut">What the subscription is cut into partitions by.</param>
    /// <param name="partitions">Into how many partitions the subscription is cut.</param>
    /// <param name="upTo">The last position to handle.</param>
    /// <param name="stop">Begins no other message.</param>
    /// <param name="abort">Gives up those that are begun.</param>
    public PartitionLoop(
        EngineContext engine, Subscription subscription, PartitionLease lease, PartitionCut cut, int partitions, long upTo, CancellationToken stop, CancellationToken abort)
    {
        _engine = engine;
        _subscription = subscription;
        _lease = lease;
        _position = lease.Position;
        UpTo = upTo;
        _stop = stop;
        _abort = abort;
        _backoff = engine.Backoff($"{subscription.ShortName}, partition {lease.Key.Partition},");
        _feed = subscription.Feed(lease, cut, partitions, upTo);
        _commits = new(engine, subscription, lease, abort);
        _delivery = new(engine, subscription, lease, cut, partitions, _commits);
        Oldest = new(engine.Time);
    }

    public PartitionLease Lease => _lease;

    public Subscription Subscription => _subscription;

    /// <summary>The last position to handle.</summary>
    public long UpTo { get; }

    /// <summary>Everything up to here is handled and committed.</summary>
    public long Committed => _commits.Committed;

    /// <summary>How far the log was looked at, as far as nothing of it waits to be committed.</summary>
    public long Settled => _idle is { } wait ? Math.Max(Committed, wait.Position) : Committed;

    /// <summary>The oldest message that is not handled; it says nothing while the partition has caught up.</summary>
    public OldestMessage Oldest { get; }

    public PartitionState State => _isHalted ? PartitionState.Halted
        : _delivery.Breaker.IsOpen ? PartitionState.Paused
        : _backoff.IsBrokerAway || _feed.IsBrokerAway ? PartitionState.BrokerAway
        : _backoff.IsFailing || _commits.IsStoreAway ? PartitionState.StoreAway
        : _idle is null ? PartitionState.Running : PartitionState.Idle;

    /// <summary>What it has stopped on; nothing if it has not.</summary>
    public HaltException? HaltedBy { get; private set; }

    /// <summary>Tries failed deliveries again, between two messages.</summary>
    public void Recover(FailureRecord due)
    {
        if (_due.Add(due))
            _wake.Set();
    }

    /// <summary>Looks, between two messages, whether what waits behind failures still has something to wait for.</summary>
    public void LookAtParked()
    {
        if (!_delivery.Parking.IsOn)
            return;
        _due.LookAtParked();
        _wake.Set();
    }

    /// <summary>Goes on after a halt.</summary>
    public void Resume()
    {
        _isHalted = false;
        _wake.Set();
    }

    /// <summary>Runs until it is stopped, has reached its end, or the partition belongs to somebody else.</summary>
    /// <exception cref="CheckpointLostException">It belongs to somebody else.</exception>
    public async Task RunAsync()
    {
        await using var feed = _feed.ConfigureAwait(false);
        // A rebuild that was swapped in has taken the partition from whoever had it before.
        _engine.Domain.Generations.Forget();
        while (!_stop.IsCancellationRequested && Committed < UpTo)
        {
            try
            {
                if (!_isLoaded)
                    await LoadAsync().ConfigureAwait(false);
                await StepAsync().ConfigureAwait(false);
                _backoff.Reset();
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                break;
            }
            catch (PartitionCommitException error)
            {
                await RedoAsync(error.InnerException!).ConfigureAwait(false);
            }
            catch (HaltException halt)
            {
                await HaltAsync(halt).ConfigureAwait(false);
            }
            catch (Exception error) when (error is StoreUnavailableException or BrokerAwayException)
            {
                await WaitOutAsync(error).ConfigureAwait(false);
            }
        }

        await FinishAsync().ConfigureAwait(false);
    }

    /// <summary>Reads what others wait behind. A failure that is still on its way to the store is not to be overlooked.</summary>
    private async ValueTask LoadAsync()
    {
        await _commits.FlushAsync(_abort).ConfigureAwait(false);
        await _delivery.LoadAsync(_stop).ConfigureAwait(false);
        _isLoaded = true;
    }

    /// <summary>Commits what is handled; what cannot be committed is left to whoever goes on.</summary>
    private async Task FinishAsync()
    {
        try
        {
            await _commits.FlushAsync(_abort).ConfigureAwait(false);
            await _feed.HandledAsync(Committed).ConfigureAwait(false);
            await _commits.AfterwardsAsync().WaitAsync(_abort).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (PartitionCommitException error) when (error.InnerException is not CheckpointLostException)
        {
            _commits.Reset();
        }
        catch (PartitionCommitException error)
        {
            throw error.InnerException!;
        }
    }

    private async Task StepAsync()
    {
        _wake.Reset();
        await _feed.HandledAsync(Committed).ConfigureAwait(false);
        if (_delivery.Breaker.IsOpen)
            await PauseAsync().ConfigureAwait(false);
        await RecoverDueAsync().ConfigureAwait(false);
        if (_delivery.Breaker.IsOpen)
            return;
        if (_position >= UpTo)
        {
            await _commits.FlushAsync(_abort).ConfigureAwait(false);
            return;
        }

        var (messages, to) = await _feed.NextAsync(_position, UpTo, _stop).ConfigureAwait(false);
        if (messages.Count == 0 && to <= _position)
        {
            await IdleAsync().ConfigureAwait(false);
            return;
        }

        if (_subscription.IsSafetyNet && messages.Count > 0)
        {
            await SafetyNet.WaitAsync(_engine, messages[^1], _stop).ConfigureAwait(false);
            await _delivery.LoadMarksAsync(_position, to, _stop).ConfigureAwait(false);
        }

        if (messages.Count > 0)
            await _subscription.PrepareAsync(messages, _position, _lease.Key.Partition, _delivery.Parking, _abort).ConfigureAwait(false);
        for (var i = 0; i < messages.Count; i++)
        {
            Oldest.Next(messages[i].Time);
            if (_stop.IsCancellationRequested || _delivery.Breaker.IsOpen || !_due.IsEmpty)
                return;
            await HandleAsync(messages[i]).ConfigureAwait(false);
        }

        MoveTo(to);
        _commits.Pass(to);
        if (to - Committed >= _subscription.Settings.PositionUpdateInterval && messages.Count == 0)
            await _commits.FlushAsync(_abort, _subscription.Settings.PositionUpdateInterval).ConfigureAwait(false);
    }

    private async ValueTask HandleAsync(StoredMessage message)
    {
        // A probe has succeeded when it is stored.
        if (_delivery.Breaker.IsProbing)
            _oneByOneUpTo = Math.Max(_oneByOneUpTo, message.GlobalPosition);
        var isAlone = message.GlobalPosition <= _oneByOneUpTo;
        var isDone = false;
        if (isAlone && _refusals > 0 && (_refusals > _subscription.Retry.Count || message.Metadata.Deadline < _engine.Time.GetUtcNow()))
        {
            _refusals = 0;
            isDone = await _delivery.RefusedAsync(message, _lastRefusal!, _abort).ConfigureAwait(false);
        }

        if (!isDone)
            await _delivery.HandleAsync(message, isAlone, _abort).ConfigureAwait(false);
        if (isAlone)
        {
            await _commits.FlushAsync(_abort).ConfigureAwait(false);
            _refusals = 0;
        }

        MoveTo(message.GlobalPosition);
    }

    /// <summary>Goes back to what is committed, to handle message by message what a commit was refused for.</summary>
    private async Task RedoAsync(Exception refusal)
    {
        if (refusal is CheckpointLostException or OperationCanceledException)
            ExceptionDispatchInfo.Throw(refusal);
        var wasAlone = Committed < _oneByOneUpTo;
        var (after, upTo, messages) = _commits.Reset();
        _position = after;
        _oneByOneUpTo = Math.Max(_oneByOneUpTo, upTo);
        _lastRefusal = refusal;
        _delivery.Breaker.Refused(after);
        // What was thrown away may have been a failure that others were to wait behind.
        _isLoaded = false;
        // The generation of a projection may be another one now.
        _engine.Domain.Generations.Forget();
        if (Refusal.IsNobodysFault(refusal, _subscription))
        {
            _refusals = 0;
            return;
        }

        var canRetry = Refusal.CanRetry(refusal);
        if (!wasAlone && (messages > 1 || !canRetry))
        {
            if (messages > 1)
                _engine.Log.SharedCommitRefused(_subscription.ShortName, _lease.Key.Partition, messages, refusal.Message);
            _refusals = 0;
            return;
        }

        // What can never be taken is not tried again.
        _refusals = canRetry ? _refusals + 1 : int.MaxValue;
        // Only what was alone for certain is given up: the message that comes next could be another one.
        if (!wasAlone)
            _refusals = Math.Min(1, _subscription.Retry.Count);
        if (_refusals <= _subscription.Retry.Count)
            await Task.Delay(_subscription.Retry.DelayBefore(_refusals), _engine.Time, _stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task RecoverDueAsync()
    {
        if (_due.TakeParked())
        {
            await _commits.FlushAsync(_abort).ConfigureAwait(false);
            await _delivery.Recovery.ReleaseAllAsync(_stop, _abort).ConfigureAwait(false);
        }

        while (!_stop.IsCancellationRequested && !_delivery.Breaker.IsOpen && _due.TryTake(out var record))
        {
            try
            {
                await _commits.FlushAsync(_abort).ConfigureAwait(false);
                await _delivery.Recovery.RecoverAsync(record, _stop, _abort).ConfigureAwait(false);
            }
            finally
            {
                _due.Done(record);
            }
        }
    }

    private async Task IdleAsync()
    {
        await _commits.FlushAsync(_abort, _subscription.Settings.PositionUpdateInterval).ConfigureAwait(false);
        if (_subscription.IsSafetyNet)
            await SafetyNet.ForgetAsync(_engine, _subscription, Committed, _stop).ConfigureAwait(false);
        await _feed.HandledAsync(Committed).ConfigureAwait(false);
        if (_feed.Enlist(_position) is not { } wait)
            return;
        _idle = wait;
        _engine.Moved.Send();
        Task woken = Task.WhenAny(wait.Task, _wake.WaitAsync());
        await woken.WaitAsync(_stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _idle = null;
        MoveTo(wait.Leave());
        _commits.Pass(_position);
    }

    private async Task HaltAsync(HaltException halt)
    {
        if (UpTo < long.MaxValue)
            throw halt;
        HaltedBy = halt;
        _isHalted = true;
        _engine.Log.PartitionHalted(_subscription.ShortName, _lease.Key.Partition, halt.Halted.Type, halt.Halted.Id, halt.Halted.GlobalPosition);
        while (_isHalted && !_stop.IsCancellationRequested)
        {
            _wake.Reset();
            if (_isHalted)
                await _wake.WaitAsync().WaitAsync(_stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        HaltedBy = null;
    }

    private async Task PauseAsync()
    {
        var reset = _subscription.Settings.CircuitBreakerReset;
        _engine.Log.BreakerOpened(_subscription.ShortName, _lease.Key.Partition, _delivery.Breaker.Failures, reset.TotalSeconds);
        await _commits.FlushAsync(_abort).ConfigureAwait(false);
        await Task.Delay(reset, _engine.Time, _stop).ConfigureAwait(false);
        _delivery.Breaker.Probe();
    }

    private async Task WaitOutAsync(Exception error)
    {
        // What was staged when the store or the broker went away is gone, and with it what others were to wait behind.
        _isLoaded = false;
        try
        {
            await _backoff.WaitAsync(error, _stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
        }
    }

    private void MoveTo(long position)
    {
        if (position > _position)
            Volatile.Write(ref _position, position);
    }
}
