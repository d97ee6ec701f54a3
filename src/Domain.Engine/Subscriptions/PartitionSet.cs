using System.Collections.Concurrent;
using Protean.Storage;

namespace Protean.Engine;

/// <summary>The partitions that this node handles now.</summary>
internal sealed class PartitionSet(EngineContext engine, TimeSpan drainLimit)
{
    /// <summary>Called when a partition has come to its end by itself.</summary>
    public Action Ended { get; set; } = static () => { };

    private readonly ConcurrentDictionary<CheckpointKey, RunningPartition> _running = new();

    public IEnumerable<PartitionLease> Leases => _running.Values.Select(r => r.Loop.Lease);

    public IEnumerable<PartitionLoop> Loops => _running.Values.Select(r => r.Loop);

    /// <summary>Whether one has come to its end by itself.</summary>
    public bool HasEnded => _running.Values.Any(r => r.Task.IsCompleted);

    public bool Has(CheckpointKey key) => _running.ContainsKey(key);

    public PartitionLoop? Find(string name, int partition) => _running.GetValueOrDefault(new(name, partition))?.Loop;

    public void Start(Subscription subscription, PartitionLease lease, int partitions)
    {
        var running = new RunningPartition();
        running.Loop = new(engine, subscription, lease, subscription.Cut, partitions, long.MaxValue, running.Stop.Token, running.Abort.Token);
        running.Task = Task.Run(() => RunAsync(running.Loop));
        _running[lease.Key] = running;
        running.Task.ContinueWith(_ => Ended(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    /// <summary>Lets a partition finish what it handles, within the drain limit.</summary>
    /// <returns>Whether it was still owned by this node.</returns>
    public Task<bool> StopAsync(CheckpointKey key) => DrainAsync(key, CancellationToken.None);

    /// <param name="hurry">Ends the wait before the drain limit does.</param>
    /// <returns>Those that were still owned by this node.</returns>
    public async Task<IReadOnlyList<PartitionLease>> StopAllAsync(CancellationToken hurry)
    {
        var leases = Leases.ToArray();
        var owned = await Task.WhenAll(leases.Select(lease => DrainAsync(lease.Key, hurry))).ConfigureAwait(false);
        return [.. leases.Where((_, i) => owned[i])];
    }

    /// <summary>Takes out those that have come to their end by themselves.</summary>
    /// <returns>Those of them that are still owned by this node.</returns>
    public async Task<IReadOnlyList<PartitionLease>> CollectEndedAsync()
    {
        List<PartitionLease> owned = [];
        foreach (var (key, running) in _running)
        {
            if (!running.Task.IsCompleted)
                continue;
            _running.TryRemove(key, out _);
            if (await running.Task.ConfigureAwait(false))
                owned.Add(running.Loop.Lease);
        }

        return owned;
    }

    private async Task<bool> DrainAsync(CheckpointKey key, CancellationToken hurry)
    {
        if (!_running.TryGetValue(key, out var running))
            return false;
        await running.Stop.CancelAsync().ConfigureAwait(false);
        var limit = Task.Delay(drainLimit, engine.Time, hurry);
        if (await Task.WhenAny(running.Task, limit).ConfigureAwait(false) != running.Task)
            engine.Log.DrainLimitReached(running.Loop.Subscription.ShortName, key.Partition);
        await running.Abort.CancelAsync().ConfigureAwait(false);
        _running.TryRemove(key, out _);
        return !running.Task.IsCompleted || await running.Task.ConfigureAwait(false);
    }

    /// <returns>Whether the partition is still owned by this node.</returns>
    private async Task<bool> RunAsync(PartitionLoop loop)
    {
        try
        {
            await loop.RunAsync().ConfigureAwait(false);
            return true;
        }
        catch (CheckpointLostException)
        {
            engine.Log.PartitionLost(loop.Subscription.ShortName, loop.Lease.Key.Partition);
            return false;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
        catch (Exception error)
        {
            // Given back, and taken again by whoever is to have it, at a later beat.
            engine.Log.PartitionBroken(error, loop.Subscription.ShortName, loop.Lease.Key.Partition);
            return true;
        }
    }

    private sealed class RunningPartition
    {
        public CancellationTokenSource Stop { get; } = new();

        public CancellationTokenSource Abort { get; } = new();

        public PartitionLoop Loop { get; set; } = null!;

        public Task<bool> Task { get; set; } = null!;
    }
}
