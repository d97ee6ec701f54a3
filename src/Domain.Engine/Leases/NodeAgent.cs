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

    private readonly EngineContext _engine;
    private readonly EngineSettings _settings;
    private readonly IReadOnlyDictionary<string, Subscription> _subscriptions;
    private readonly PartitionSet _running;
    private readonly NodeProfile _profile;
    private readonly TimeSpan _beat;
    private readonly Signal _hurry = new();
    private readonly ConcurrentDictionary<string, bool> _busy = new();
    private Task _repartitioning = Task.CompletedTask;
    private Task _balancing = Task.CompletedTask;
    private string _known = "";
    private int _beats;
    private bool _isSettled;

    public NodeAgent(EngineContext engine, EngineSettings settings, IReadOnlyDictionary<string, Subscription> subscriptions, PartitionSet running)
    {
        _engine = engine;
        _settings = settings;
        _subscriptions = subscriptions;
        _running = running;
        _profile = NodeProfile.Of(subscriptions.Values, engine.Domain.Model.Types, engine.Time.GetUtcNow());
        running.Ended = _hurry.Set;
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
        var isPrepared = false;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                if (!isPrepared)
                    await PrepareAsync(stop).ConfigureAwait(false);
                isPrepared = true;
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

        await Task.WhenAll(_balancing, _repartitioning).WaitAsync(_settings.DrainLimit + _beat, _engine.Time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Gives everything back and says goodbye, so that others need not wait until this node counts as dead.</summary>
    public async Task LeaveAsync(IReadOnlyList<PartitionLease> leases, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var lease in leases)
                await ReleaseAsync(lease, cancellationToken).ConfigureAwait(false);
            await _engine.Store.HeartbeatAsync(new(_settings.Node, TimeSpan.Zero), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is ProteanException or OperationCanceledException)
        {
            _engine.Log.NotSignedOff(error, _settings.Node);
        }
    }

    /// <summary>Prepares the subscriptions, and says meanwhile that the node is alive: what it holds would be taken from it otherwise.</summary>
    private async Task PrepareAsync(CancellationToken stop)
    {
        await HeartbeatAsync(stop).ConfigureAwait(false);
        var preparing = PrepareSubscriptionsAsync(stop);
        await StayAliveAsync(preparing, stop).ConfigureAwait(false);
        await preparing.ConfigureAwait(false);
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

    private async Task PrepareSubscriptionsAsync(CancellationToken stop)
    {
        await new SubscriptionRows(_engine, _subscriptions.Values).PrepareAsync(stop).ConfigureAwait(false);
        // Who was started last has the say, and says it once: of two nodes that want different numbers none is to undo what the other has done.
        _repartitioning = Task.WhenAll(_subscriptions.Values.Select(s => RepartitionAsync(s, stop)));
    }

    /// <summary>Beside everything else: what one subscription waits for holds up no other.</summary>
    private async Task RepartitionAsync(Subscription subscription, CancellationToken stop)
    {
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
        }
        finally
        {
            SetBusy(subscription.Name, false);
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
        // A partition that is given back may take as long as its handler: the node says meanwhile that it is alive.
        if (!_balancing.IsCompleted)
            return;
        var balanced = _balancing;
        _balancing = Task.CompletedTask;
        await balanced.ConfigureAwait(false);
        var known = string.Join('\n', nodes.Where(n => n.Alive).Select(n => $"{n.Node} {n.Data}"));
        if (known == _known && _isSettled && ++_beats < BeatsBetweenLooks && !_running.HasEnded)
            return;
        _known = known;
        _beats = 0;
        _balancing = BalanceAsync(nodes, cancellationToken);
    }

    /// <summary>Gives back what is not this node's share, and takes what is.</summary>
    private async Task BalanceAsync(IReadOnlyList<NodeStatus> nodes, CancellationToken cancellationToken)
    {
        var checkpoints = await _engine.Store.ListCheckpointsAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        var layouts = SubscriptionLayout.Read(checkpoints);
        var partitions = layouts.Values.SelectMany(l => l.Partitions).ToDictionary(p => p.Key);
        var plan = Plan(partitions.Values, NodeProfile.Eligible(nodes.Where(n => n.Alive), layouts));
        var isSettled = true;
        List<Task> changes = [];
        foreach (var lease in await _running.CollectEndedAsync().ConfigureAwait(false))
            changes.Add(ReleaseAsync(lease, cancellationToken));
        foreach (var lease in _running.Leases)
        {
            var isLost = partitions.GetValueOrDefault(lease.Key)?.Epoch != lease.Epoch;
            if (!isLost && plan.GetValueOrDefault(lease.Key) == _settings.Node)
                continue;
            isSettled = false;
            changes.Add(GiveBackAsync(lease, cancellationToken));
        }

        foreach (var partition in partitions.Values)
        {
            if (_running.Has(partition.Key) || _busy.ContainsKey(partition.Key.Name) || !_subscriptions.TryGetValue(partition.Key.Name, out var subscription))
                continue;
            if (plan.GetValueOrDefault(partition.Key) != _settings.Node)
            {
                // Taken for a rebuild or another number of partitions, which came to nothing.
                if (partition.Owner == _settings.Node)
                    changes.Add(ReleaseAsync(new(partition.Key, partition.Position, partition.Epoch), cancellationToken));
                continue;
            }

            if (partition.Owner is null || !partition.OwnerAlive || partition.Owner == _settings.Node)
                changes.Add(TakeAsync(subscription, layouts[partition.Key.Name], partition, cancellationToken));
            else
                isSettled = false;
        }

        await Task.WhenAll(changes).ConfigureAwait(false);
        Volatile.Write(ref _isSettled, isSettled);
        // Something has changed meanwhile, and nobody could look.
        if (_known.Length == 0)
            _hurry.Set();
    }

    private IReadOnlyDictionary<CheckpointKey, string?> Plan(IEnumerable<Checkpoint> partitions, IReadOnlyList<LiveNode> live)
    {
        var owned = partitions.Select(p => new OwnedPartition(p.Key, p.Owner, p.OwnerAlive));
        return _engine.Store.SharesWork ? AssignmentPlan.Balanced(owned, live) : AssignmentPlan.OneHolder(owned, live);
    }

    private async Task TakeAsync(Subscription subscription, SubscriptionLayout layout, Checkpoint partition, CancellationToken cancellationToken)
    {
        try
        {
            await _engine.Store.CommitAsync(new() { Leases = [new(partition.Key, partition.Epoch, _settings.Node)] }, cancellationToken).ConfigureAwait(false);
        }
        catch (CheckpointLostException)
        {
            // Another node was faster.
            return;
        }

        // Whoever had it before may have moved it until it was taken.
        if (await _engine.Store.GetCheckpointAsync(partition.Key, cancellationToken).ConfigureAwait(false) is not { } taken || taken.Owner != _settings.Node)
            return;
        _engine.Log.PartitionStarted(subscription.ShortName, taken.Key.Partition, taken.Position, taken.Epoch);
        _running.Start(subscription, new(taken.Key, taken.Position, taken.Epoch), layout.Count);
    }

    private async Task GiveBackAsync(PartitionLease lease, CancellationToken cancellationToken)
    {
        if (await _running.StopAsync(lease.Key).ConfigureAwait(false))
            await ReleaseAsync(lease, cancellationToken).ConfigureAwait(false);
    }

    private async Task ReleaseAsync(PartitionLease lease, CancellationToken cancellationToken)
    {
        try
        {
            await _engine.Store.CommitAsync(new() { Leases = [new(lease.Key, lease.Epoch, null)] }, cancellationToken).ConfigureAwait(false);
        }
        catch (CheckpointLostException)
        {
            // It belongs to somebody else already.
        }
    }
}
