using System.Diagnostics;
using Protean.Storage;

namespace Protean.Engine;

/// <summary>
/// Takes the effects of a partition's messages to the store, with its progress. While one commit is on its way the next ones gather, and share
/// the one after it; nobody waits for company.
/// </summary>
internal sealed class PartitionCommits
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(20);

    private readonly EngineContext _engine;
    private readonly Subscription _subscription;
    private readonly CheckpointKey _key;
    private readonly long _epoch;
    private readonly CancellationToken _abort;
    private readonly Backoff _backoff;
    private readonly Lock _gate = new();
    private Gathered _gathering = new();
    private Gathered? _flushing;
    private Task _pump = Task.CompletedTask;
    private volatile Task _afterwards = Task.CompletedTask;
    private bool _isPumping;
    private Exception? _refusal;
    private long _refusedUpTo;
    private int _refusedMessages;
    private long _committedAt;

    /// <param name="engine">The engine.</param>
    /// <param name="subscription">Whose partition it is.</param>
    /// <param name="lease">The checkpoint, as it was taken.</param>
    /// <param name="abort">Gives up what is on its way.</param>
    public PartitionCommits(EngineContext engine, Subscription subscription, PartitionLease lease, CancellationToken abort)
    {
        _engine = engine;
        _subscription = subscription;
        _key = lease.Key;
        _epoch = lease.Epoch;
        _abort = abort;
        _backoff = engine.Backoff($"{subscription.ShortName}, partition {lease.Key.Partition},");
        Committed = lease.Position;
    }

    /// <summary>Whether a commit waits for the store to come back.</summary>
    public bool IsStoreAway => _backoff.IsFailing;

    /// <summary>Everything up to here is done with, and the store knows.</summary>
    public long Committed { get; private set; }

    /// <summary>What is gathered and not known to be committed, the newest first.</summary>
    public IReadOnlyList<Gathered> Pending()
    {
        lock (_gate)
        {
            return (_flushing, _gathering.HasEffects) switch
            {
                (null, false) => [],
                (null, true) => [_gathering],
                ({ } flushing, false) => [flushing],
                ({ } flushing, true) => [_gathering, flushing],
            };
        }
    }

    /// <summary>Adds what a message has left, if anything, and how far the log is handled with it.</summary>
    /// <exception cref="CommitRefusedException">What was added before was refused; see <see cref="Reset"/>.</exception>
    public async ValueTask AddAsync(Gathered? effects, long? position, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task wait;
            lock (_gate)
            {
                ThrowIfRefused();
                if (effects is null || (_gathering.Messages < _subscription.Settings.MessagesPerCommit && _gathering.TryAdd(effects)))
                {
                    MoveTo(position);
                    _gathering.HasHandled = true;
                    if (_gathering.HasEffects || Stopwatch.GetElapsedTime(_committedAt) > ProgressInterval)
                        Start();
                    return;
                }

                wait = Start();
            }

            await wait.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Notes how far the log was looked at without anything to handle; it goes with the next commit.</summary>
    public void Pass(long position)
    {
        lock (_gate)
            MoveTo(position);
    }

    /// <summary>Commits everything that is gathered.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="least">How many positions of the log that nobody wanted are worth a commit.</param>
    public async ValueTask FlushAsync(CancellationToken cancellationToken, long least = 1)
    {
        while (true)
        {
            Task wait;
            lock (_gate)
            {
                ThrowIfRefused();
                if (_flushing is null && !_gathering.HasEffects && (_gathering.Position ?? Committed) - Committed < (_gathering.HasHandled ? 1 : least))
                    return;
                wait = Start();
            }

            await wait.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Forgets what was refused and all that was gathered on top of it.</summary>
    /// <returns>The position after which to handle the log again, up to which it had been handled, and the effects of how many messages were refused together.</returns>
    public (long After, long UpTo, int Messages) Reset()
    {
        lock (_gate)
        {
            var upTo = Math.Max(_gathering.Position ?? 0, _refusedUpTo);
            _refusal = null;
            _gathering = new();
            return (Committed, upTo, _refusedMessages);
        }
    }

    private void MoveTo(long? position)
    {
        if (position > (_gathering.Position ?? Committed))
            _gathering.Position = position;
    }

    private void ThrowIfRefused()
    {
        if (_refusal is not null)
            throw new PartitionCommitException(_refusal);
    }

    private Task Start()
    {
        if (_isPumping)
            return _pump;
        _isPumping = true;
        return _pump = PumpAsync();
    }

    private async Task PumpAsync()
    {
        // Whoever has started it holds the gate.
        await Task.Yield();
        // Begun by a message, but not part of its trace alone.
        Activity.Current = null;
        while (true)
        {
            Gathered flushing;
            lock (_gate)
            {
                flushing = _gathering;
                if (_refusal is not null || (!flushing.HasEffects && (flushing.Position ?? Committed) <= Committed))
                {
                    // Said before the task has ended, so that whoever comes in between starts another.
                    _isPumping = false;
                    return;
                }

                _gathering = new();
                _flushing = flushing;
            }

            try
            {
                var commit = flushing.ToCommit(Progress(flushing));
                var result = await CommitAsync(commit, flushing).ConfigureAwait(false);
                lock (_gate)
                {
                    Committed = flushing.Position ?? Committed;
                    _flushing = null;
                    _committedAt = Stopwatch.GetTimestamp();
                }

                _engine.Moved.Send();
                _subscription.Announce(flushing);
                // Beside the commits that follow: an inline handler may wait for one of them.
                if (flushing.Drafts.Count > 0)
                    _afterwards = FollowAsync(_afterwards, flushing, commit, result);
            }
            catch (Exception error)
            {
                lock (_gate)
                {
                    _isPumping = false;
                    _refusal = error;
                    _refusedMessages = flushing.Messages;
                    _refusedUpTo = Math.Max(flushing.Position ?? 0, _gathering.Position ?? 0);
                    _flushing = null;
                }

                return;
            }
        }
    }

    /// <summary>Completes when the inline handlers of what is committed have run.</summary>
    public Task AfterwardsAsync() => _afterwards;

    private async Task FollowAsync(Task before, Gathered committed, Commit commit, CommitResult result)
    {
        await before.ConfigureAwait(false);
        await _subscription.DispatchAsync(committed, commit, result, _abort).ConfigureAwait(false);
    }

    private CheckpointMove Progress(Gathered flushing) => new(_key, Committed, flushing.Position ?? Committed, _epoch);

    /// <summary>Looks for a commit whose outcome nobody knew; asked as often as it takes to be told.</summary>
    /// <returns>Nothing if it is not in the store.</returns>
    private async ValueTask<CommitResult?> FindTakenAsync(Commit commit, Gathered flushing)
    {
        while (true)
        {
            try
            {
                var found = await _engine.Store.GetCheckpointAsync(_key, _abort).ConfigureAwait(false);
                CommitResult? result = found?.Epoch == _epoch && found.Position == flushing.Position
                    ? await _engine.FindResultAsync(commit, _abort).ConfigureAwait(false)
                    : null;
                _backoff.Reset();
                return result;
            }
            catch (StoreUnavailableException error)
            {
                await _backoff.WaitAsync(error, _abort).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Commits, as often as the store says that it could not be reached: nothing was written then.</summary>
    private async ValueTask<CommitResult> CommitAsync(Commit commit, Gathered flushing)
    {
        using var span = CommitSpan.Start(_subscription.ShortName, commit.Checkpoints[0], flushing.Messages);
        while (true)
        {
            try
            {
                var result = await _engine.Domain.CommitAsync(commit, _abort).ConfigureAwait(false);
                _backoff.Reset();
                if (flushing.Messages > 0)
                    Telemetry.CommitMessages.Record(flushing.Messages, Telemetry.Of(_subscription.ShortName));
                return result;
            }
            catch (StoreUnavailableException error)
            {
                await _backoff.WaitAsync(error, _abort).ConfigureAwait(false);
            }
            catch (CommitOutcomeUnknownException error) when (commit.Id is not null)
            {
                // Known by its id: if it was taken, it is not taken again.
                await _backoff.WaitAsync(error, _abort).ConfigureAwait(false);
            }
            catch (CommitOutcomeUnknownException error)
            {
                await _backoff.WaitAsync(error, _abort).ConfigureAwait(false);
                if (await FindTakenAsync(commit, flushing).ConfigureAwait(false) is { } taken)
                    return taken;
            }
        }
    }
}

/// <summary>What a partition has gathered was refused.</summary>
internal sealed class PartitionCommitException(Exception refusal) : ProteanException(refusal.Message, refusal);
