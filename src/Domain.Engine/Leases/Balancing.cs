using Protean.Storage;

namespace Protean.Engine;

/// <summary>Gives back the partitions that are not this node's share, and takes those that are.</summary>
internal sealed class Balancing(
    EngineContext engine, string node, IReadOnlyDictionary<string, Subscription> subscriptions, PartitionSet running, RenamedSubscriptions renamed)
{
    /// <summary>The subscriptions of this node that are cut in a way which no node knows that is alive.</summary>
    public IReadOnlyList<Subscription> Orphans { get; private set; } = [];

    /// <param name="nodes">The nodes that were heard of.</param>
    /// <param name="isBusy">Whether a subscription is just being cut anew by this node.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>Whether what ought to be here was here before.</returns>
    public async Task<bool> RunAsync(IReadOnlyList<NodeStatus> nodes, Func<string, bool> isBusy, CancellationToken cancellationToken)
    {
        var checkpoints = await engine.Store.ListCheckpointsAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        renamed.Look(checkpoints);
        var layouts = SubscriptionLayout.Read(checkpoints);
        var partitions = layouts.Values.SelectMany(l => l.Partitions).ToDictionary(p => p.Key);
        var plan = Plan(partitions.Values, NodeProfile.Eligible(nodes.Where(n => n.Alive), layouts));
        Orphans = [.. layouts.Values.Where(l => NodeProfile.IsCutByNobody(l, nodes)).Select(l => subscriptions.GetValueOrDefault(l.Name)).OfType<Subscription>()];
        var isSettled = true;
        List<Task<bool>> changes = [];
        foreach (var lease in await running.CollectEndedAsync().ConfigureAwait(false))
            changes.Add(ReleaseAsync(lease, cancellationToken));
        foreach (var lease in running.Leases)
        {
            var isLost = partitions.GetValueOrDefault(lease.Key)?.Epoch != lease.Epoch;
            if (!isLost && plan.GetValueOrDefault(lease.Key) == node)
                continue;
            isSettled = false;
            changes.Add(GiveBackAsync(lease, cancellationToken));
        }

        foreach (var partition in partitions.Values)
        {
            if (running.Has(partition.Key) || isBusy(partition.Key.Name) || !subscriptions.TryGetValue(partition.Key.Name, out var subscription))
                continue;
            if (plan.GetValueOrDefault(partition.Key) != node)
            {
                // Taken for a rebuild or another number of partitions, which came to nothing.
                if (partition.Owner == node)
                    changes.Add(ReleaseAsync(new(partition.Key, partition.Position, partition.Epoch), cancellationToken));
                continue;
            }

            if (partition.Owner is null || !partition.OwnerAlive || partition.Owner == node)
                changes.Add(TakeAsync(subscription, layouts[partition.Key.Name], partition, cancellationToken));
            else
                isSettled = false;
        }

        return (await Task.WhenAll(changes).ConfigureAwait(false)).All(done => done) && isSettled;
    }

    /// <summary>Gives a partition back, so that others need not wait until this node counts as dead.</summary>
    public async Task<bool> ReleaseAsync(PartitionLease lease, CancellationToken cancellationToken)
    {
        try
        {
            await engine.Store.CommitAsync(new() { Leases = [new(lease.Key, lease.Epoch, null)] }, cancellationToken).ConfigureAwait(false);
        }
        catch (CheckpointLostException)
        {
            // It belongs to somebody else already.
        }

        return true;
    }

    private IReadOnlyDictionary<CheckpointKey, string?> Plan(IEnumerable<Checkpoint> partitions, IReadOnlyList<LiveNode> live)
    {
        var owned = partitions.Select(p => new OwnedPartition(p.Key, p.Owner, p.OwnerAlive));
        return engine.Store.SharesWork ? AssignmentPlan.Balanced(owned, live) : AssignmentPlan.OneHolder(owned, live);
    }

    /// <returns>Whether nobody has changed anything about it meanwhile.</returns>
    private async Task<bool> TakeAsync(Subscription subscription, SubscriptionLayout layout, Checkpoint partition, CancellationToken cancellationToken)
    {
        try
        {
            // Only while the subscription is cut as it was read: a partition that is gone would be made anew, and begin with the first message.
            await engine.Store.CommitAsync(
                new() { Leases = [new(partition.Key, partition.Epoch, node)], Checkpoints = [layout.Assertion] }, cancellationToken).ConfigureAwait(false);
        }
        catch (CheckpointLostException)
        {
            // Another node was faster.
            return false;
        }

        // Whoever had it before may have moved it until it was taken.
        if (await engine.Store.GetCheckpointAsync(partition.Key, cancellationToken).ConfigureAwait(false) is not { } taken || taken.Owner != node)
            return false;
        engine.Log.PartitionStarted(subscription.ShortName, taken.Key.Partition, taken.Position, taken.Epoch);
        running.Start(subscription, new(taken.Key, taken.Position, taken.Epoch), layout.Count);
        return true;
    }

    private async Task<bool> GiveBackAsync(PartitionLease lease, CancellationToken cancellationToken) =>
        !await running.StopAsync(lease.Key).ConfigureAwait(false) || await ReleaseAsync(lease, cancellationToken).ConfigureAwait(false);
}
