using Protean.Storage;

namespace Protean.Engine;

/// <summary>Finds out what the engine does: here, from memory, and on other nodes, from the store.</summary>
internal sealed class StatusReader(EngineContext engine, string node, IReadOnlyCollection<Subscription> subscriptions, PartitionSet running, RenamedSubscriptions renamed)
{
    /// <summary>What this node does.</summary>
    public EngineStatus Here(bool isRunning, bool isReady)
    {
        var head = engine.Tail?.To ?? 0;
        var loops = running.Loops.ToLookup(l => l.Subscription.Name);
        return new(node, isRunning, isReady, head,
            [.. subscriptions.Select(s => new SubscriptionStatus(s.Name, s.ShortName, [.. loops[s.Name].OrderBy(l => l.Lease.Key.Partition).Select(l => Of(l, head))], renamed.NewNameOf(s.Name)))]);
    }

    /// <summary>What all nodes do, by what they have written: what others have handled and not committed yet counts as not handled.</summary>
    public async Task<EngineStatus> EverywhereAsync(bool isRunning, bool isReady, CancellationToken cancellationToken)
    {
        var head = await engine.Store.GetHeadAsync(cancellationToken).ConfigureAwait(false);
        var checkpoints = await engine.Store.ListCheckpointsAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        var layouts = SubscriptionLayout.Read(checkpoints);
        var renames = SubscriptionLayout.ReadRenames(checkpoints);
        List<SubscriptionStatus> all = [];
        foreach (var subscription in subscriptions)
        {
            List<PartitionStatus> partitions = [];
            var layout = layouts.GetValueOrDefault(subscription.Name);
            foreach (var row in layout?.Partitions ?? [])
            {
                partitions.Add(running.Find(subscription.Name, row.Key.Partition) is { } loop
                    ? Of(loop, head)
                    : await ElsewhereAsync(subscription, layout!, row, head, cancellationToken).ConfigureAwait(false));
            }

            all.Add(new(subscription.Name, subscription.ShortName, partitions, renames.GetValueOrDefault(subscription.Name)));
        }

        return new(node, isRunning, isReady, head, all);
    }

    private PartitionStatus Of(PartitionLoop loop, long head)
    {
        var position = loop.Settled;
        var lag = Math.Max(0, head - position);
        return new(loop.Lease.Key.Partition, loop.State, position, lag, lag == 0 ? TimeSpan.Zero : loop.Oldest.Age, loop.Lease.Epoch, node, loop.HaltedBy?.Message);
    }

    /// <summary>Progress over what is for others is written now and then only, so a partition is behind only if something for it lies before the end.</summary>
    private async ValueTask<PartitionStatus> ElsewhereAsync(Subscription subscription, SubscriptionLayout layout, Checkpoint row, long head, CancellationToken cancellationToken)
    {
        StoredMessage? next = null;
        if (row.Position < head)
        {
            var page = await engine.Store.ReadLogAsync(subscription.Read(row.Position, 1, row.Key.Partition, layout.Count, layout.Cut), cancellationToken).ConfigureAwait(false);
            next = page.Messages.Count == 0 ? null : page.Messages[0];
        }

        return new(
            row.Key.Partition,
            PartitionState.Elsewhere,
            row.Position,
            next is null ? 0 : Math.Max(0, head - row.Position),
            next is null ? TimeSpan.Zero : OldestMessage.Of(engine.Time.GetUtcNow(), next.Time),
            row.Epoch,
            row.OwnerAlive ? row.Owner : null,
            null);
    }
}
