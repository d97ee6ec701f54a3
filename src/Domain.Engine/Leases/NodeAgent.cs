using System.Collections.Concurrent;
using Protean.Storage;

namespace Protean.Engine;

/// <summary>
/// Keeps this node known to the others, takes the partitions that are its share and gives back those that are not. Every node works out the same
/// plan from the same facts; who is faster with a partition is decided by its epoch.
/// </summary>
internal sealed class NodeAgent
{
    private const int BeatsBetweenLooks = 5;

    private static readonly TimeSpan LongestBeat = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RepartitioningPause = TimeSpan.FromMinutes(1);

    private readonly EngineContext _engine;
    private readonly EngineSettings _settings;
    private readonly IReadOnlyDictionary<string, Subscription> _subscriptions;
    private readonly PartitionSet _running;
    private readonly RenamedSubscriptions _renamed;
    private readonly Balancing _balance;
    private readonly NodeProfile _profile;
    private readonly TimeSpan _beat;
    private readonly Backoff _workBackoff;
    private readonly Signal _hurry = new();
    private readonly ConcurrentDictionary<string, bool> _busy = new();
    private readonly ConcurrentDictionary<string, DateTimeOffset> _notBefore = new();
    private Task _repartitioning = Task.CompletedTask;
    private Task _working = Task.CompletedTask;
    private string _known = "";
    private int _beats;
    private bool _isPrepared;
    private bool _isSettled;

    public NodeAgent(EngineContext engine, EngineSettings settings, IReadOnlyDictionary<string, Subscription> subscriptions, PartitionSet running, RenamedSubscriptions renamed)
    {
        _engine = engine;
        _settings = settings;
        _subscriptions = subscriptions;
        _running = running;
        _renamed = renamed;
        _balance = new(engine, settings.Node, subscriptions, running, renamed);
        _profile = NodeProfile.Of(subscriptions.Values, engine.Domain.Model.Types, engine.Time.GetUtcNow());
        running.Ended = _hurry.Set;
        _workBackoff = engine.Backoff("The engine's balance");
        _beat = settings.LeaseTime / 3 < LongestBeat ? settings.LeaseTime / 3 : LongestBeat;
    }

    /// <summary>Whether the partitions that ought to be here are here.</summary>
    public bool IsSettled => Volatile.Read(ref _isSettled);

    /// <summary>Looks at the partitions at once, because something has changed.</summary>
    public void Hurry() => _hurry.Set();

    /// <summary>Makes the node known and takes its first share, then keeps on until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var backoff = _engine.Backoff("The engine's node");
        while (!stop.IsCancellationRequested)
        {
            try
            {
                _hurry.Reset();
                await BeatAsync(stop).ConfigureAwait(false);
                backoff.Reset();
                await NextAsync(stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                break;
            }
            catch (Exception error)
            {
                await backoff.WaitAsync(error, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        await Task.WhenAll(_working, _repartitioning).WaitAsync(_settings.DrainLimit + _beat, _engine.Time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Gives everything back and says goodbye, so that others need not wait until this node counts as dead.</summary>
    public async Task LeaveAsync(IReadOnlyList<PartitionLease> leases, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var lease in leases)
                await _balance.ReleaseAsync(lease, cancellationToken).ConfigureAwait(false);
            await _engine.Store.HeartbeatAsync(new(_settings.Node, TimeSpan.Zero), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is ProteanException or OperationCanceledException)
        {
            _engine.Log.NotSignedOff(error, _settings.Node);
        }
    }

    /// <summary>Says that the node is alive until something is done.</summary>
    public async Task StayAliveAsync(Task done, CancellationToken cancellationToken)
    {
        while (true)
        {
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(done, Task.Delay(_beat, _engine.Time, ended.Token)).ConfigureAwait(false);
            await ended.CancelAsync().ConfigureAwait(false);
            if (done.IsCompleted || cancellationToken.IsCancellationRequested)
                return;
            try
            {
                await HeartbeatAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception)
            {
                // The store is away for those who would take over as well.
            }
        }
    }

    private ValueTask<IReadOnlyList<NodeStatus>> HeartbeatAsync(CancellationToken stop) =>
        _engine.Store.HeartbeatAsync(new(_settings.Node, _settings.LeaseTime, _profile.ToString()), stop);

    private async Task PrepareSubscriptionsAsync(IReadOnlyList<NodeStatus> nodes, CancellationToken stop)
    {
        await new SubscriptionRows(_engine, _subscriptions.Values, _settings.Node).PrepareAsync(s => _profile.MayTakeBack(s, nodes), stop).ConfigureAwait(false);
        // Who was started last has the say, and says it once: of two nodes that want different numbers none is to undo what the other has done.
        Repartition(_subscriptions.Values, stop);
    }

    private void Repartition(IEnumerable<Subscription> subscriptions, CancellationToken stop) =>
        _repartitioning = Task.WhenAll([_repartitioning, .. subscriptions.Select(s => RepartitionAsync(s, stop))]);

    /// <summary>Beside everything else: what one subscription waits for holds up no other.</summary>
    private async Task RepartitionAsync(Subscription subscription, CancellationToken stop)
    {
        // Not again while it is at it.
        _notBefore[subscription.Name] = DateTimeOffset.MaxValue;
        var next = DateTimeOffset.MinValue;
        using var abort = new CancellationTokenSource();
        await using var stopped = stop.Register(() => abort.CancelAfter(_settings.DrainLimit));
        try
        {
            await new Repartitioning(_engine, subscription, _settings.Node, isBusy => SetBusy(subscription.Name, isBusy)).RunAsync(stop, abort.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The partitions there were go on.
        }
        catch (Exception error)
        {
            _engine.Log.NotRepartitioned(error, subscription.ShortName);
            next = _engine.Time.GetUtcNow() + RepartitioningPause;
        }
        finally
        {
            SetBusy(subscription.Name, false);
            _notBefore[subscription.Name] = next;
            _hurry.Set();
        }
    }

    private void SetBusy(string subscription, bool isBusy)
    {
        if (isBusy)
            _busy[subscription] = true;
        else
            _busy.TryRemove(subscription, out _);
    }

    private async Task NextAsync(CancellationToken stop)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var hurry = _hurry.WaitAsync();
        await Task.WhenAny(Task.Delay(_beat, _engine.Time, ended.Token), hurry).ConfigureAwait(false);
        await ended.CancelAsync().ConfigureAwait(false);
        if (hurry.IsCompleted)
            _known = "";
        stop.ThrowIfCancellationRequested();
    }

    private async ValueTask BeatAsync(CancellationToken cancellationToken)
    {
        var nodes = await HeartbeatAsync(cancellationToken).ConfigureAwait(false);
        // A partition that is given back may take as long as its handler, and what fails waits before it is tried again: the node says meanwhile that it is alive.
        if (!_working.IsCompleted)
            return;
        var known = string.Join('\n', nodes.Where(n => n.Alive).Select(n => $"{n.Node} {n.Data}"));
        if (known == _known && _isSettled && ++_beats < BeatsBetweenLooks && !_running.HasEnded)
            return;
        _known = known;
        _beats = 0;
        _working = WorkAsync(nodes, cancellationToken);
    }

    private async Task WorkAsync(IReadOnlyList<NodeStatus> nodes, CancellationToken stop)
    {
        try
        {
            if (!_isPrepared)
                await PrepareSubscriptionsAsync(nodes, stop).ConfigureAwait(false);
            _isPrepared = true;
            await BalanceAsync(nodes, stop).ConfigureAwait(false);
            _workBackoff.Reset();
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Others take what is left.
        }
        catch (Exception error)
        {
            await _workBackoff.WaitAsync(error, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _hurry.Set();
        }
    }

    private async Task BalanceAsync(IReadOnlyList<NodeStatus> nodes, CancellationToken cancellationToken)
    {
        if (!_renamed.IsEmpty)
            await TakeBackAsync(nodes, cancellationToken).ConfigureAwait(false);
        Volatile.Write(ref _isSettled, await _balance.RunAsync(nodes, _busy.ContainsKey, cancellationToken).ConfigureAwait(false));
        // Who has cut them is gone, and those who have come meanwhile cannot take them as they are.
        Repartition(_balance.Orphans.Where(s => _notBefore.GetValueOrDefault(s.Name) < _engine.Time.GetUtcNow()), cancellationToken);
        // Something has changed meanwhile, and nobody could look.
        if (_known.Length == 0)
            _hurry.Set();
    }

    /// <summary>Takes progress back that has gone to another name, when those who have that name are gone.</summary>
    private async Task TakeBackAsync(IReadOnlyList<NodeStatus> nodes, CancellationToken cancellationToken)
    {
        var rows = new SubscriptionRows(_engine, _subscriptions.Values.Where(s => _renamed.NewNameOf(s.Name) is not null), _settings.Node);
        var taken = await rows.PrepareAsync(s => _profile.MayTakeBack(s, nodes), cancellationToken).ConfigureAwait(false);
        Repartition(taken, cancellationToken);
    }
}
