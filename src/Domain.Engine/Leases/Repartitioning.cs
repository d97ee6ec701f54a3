using Protean.Storage;

namespace Protean.Engine;

/// <summary>
/// Cuts a live subscription into another number of partitions, or by another key. All of them are taken from whoever has them and brought to one position; then one
/// commit puts the new ones in their place. If this node dies on the way, the old ones go on.
/// </summary>
internal sealed class Repartitioning(EngineContext engine, Subscription subscription, string node, Action<bool> busy)
{
    private const int MostTries = 20;

    /// <param name="cancellationToken">Begins no other message of the old partitions.</param>
    /// <param name="abort">Gives up those that are begun.</param>
    public async Task RunAsync(CancellationToken cancellationToken, CancellationToken abort)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                if (await TakeAllAsync(cancellationToken).ConfigureAwait(false) is not { } layout)
                    return;
                var barrier = await AlignAsync(layout, cancellationToken, abort).ConfigureAwait(false);
                await SwitchAsync(layout, barrier, cancellationToken).ConfigureAwait(false);
                engine.Log.Repartitioned(subscription.ShortName, subscription.Settings.Partitions, subscription.Cut.Description, layout.Count, layout.Cut, barrier);
                return;
            }
            catch (CheckpointLostException) when (tries < MostTries)
            {
                // Another node was at it in the same moment.
            }
        }
    }

    /// <returns>The layout as it is owned here; nothing if it is as it should be.</returns>
    private async ValueTask<SubscriptionLayout?> TakeAllAsync(CancellationToken cancellationToken)
    {
        if (await ReadAsync(cancellationToken).ConfigureAwait(false) is not { } found || IsAsItShouldBe(found))
            return null;
        // Before anything is taken from those who know.
        _ = CutOf(found);
        busy(true);
        await engine.Store.CommitAsync(
            new() { Leases = [new(found.Whole, found.WholeEpoch, node, Force: true), .. found.Partitions.Select(p => new LeaseChange(p.Key, p.Epoch, node, Force: true))] },
            cancellationToken).ConfigureAwait(false);
        return await ReadAsync(cancellationToken).ConfigureAwait(false);
    }

    private bool IsAsItShouldBe(SubscriptionLayout found) =>
        (found.Count == subscription.Settings.Partitions && found.Cut == subscription.Cut.Description) || found.Version != subscription.Version;

    /// <summary>What it is cut by. Partitions that stand at one position can be cut anew whatever that is.</summary>
    private PartitionCut CutOf(SubscriptionLayout layout)
    {
        if (layout.Cut is null || layout.Cut == subscription.Cut.Description || layout.Partitions.All(p => p.Position == layout.Partitions[0].Position))
            return subscription.Cut;
        return PartitionCut.Read(layout.Cut, subscription.Declaration, engine.Domain.Model.Types)
            ?? throw new InvalidOperationException($"The partitions of {subscription.ShortName} stand at different positions and are cut by '{layout.Cut}', which this program does not know: declare the keys as they were with .FormerlyPartitionedBy(…).");
    }

    private ValueTask<SubscriptionLayout?> ReadAsync(CancellationToken cancellationToken) => SubscriptionLayout.FindAsync(engine.Store, subscription.Name, cancellationToken);

    /// <summary>Lets those that are behind handle what the furthest one has been over.</summary>
    private async ValueTask<long> AlignAsync(SubscriptionLayout layout, CancellationToken cancellationToken, CancellationToken abort)
    {
        var barrier = layout.Partitions.Max(p => p.Position);
        var cut = CutOf(layout);
        await Task.WhenAll(layout.Partitions.Where(p => p.Position < barrier).Select(p =>
            new PartitionLoop(engine, subscription, new(p.Key, p.Position, p.Epoch), cut, layout.Count, barrier, cancellationToken, abort).RunAsync())).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        return barrier;
    }

    private async ValueTask SwitchAsync(SubscriptionLayout layout, long barrier, CancellationToken cancellationToken)
    {
        var count = subscription.Settings.Partitions;
        List<CheckpointMove> moves = [new(layout.Whole, layout.WholePosition, layout.WholePosition + 1, layout.WholeEpoch + 1, Data: SubscriptionLayout.ToData(count, subscription.Cut.Description, layout.Version))];
        List<LeaseChange> leases = [new(layout.Whole, layout.WholeEpoch, null)];
        foreach (var partition in layout.Partitions)
        {
            if (partition.Key.Partition < count)
            {
                leases.Add(new(partition.Key, partition.Epoch, null));
                moves.Add(new(partition.Key, barrier, barrier, partition.Epoch + 1));
            }
            else
            {
                moves.Add(new(partition.Key, barrier, barrier, partition.Epoch, Remove: true));
            }
        }

        for (var added = layout.Count; added < count && barrier > 0; added++)
            moves.Add(new(new(subscription.Name, added), 0, barrier, 0));
        await engine.Store.CommitAsync(
            new() { Leases = leases, Checkpoints = moves, Failures = await MoveFailuresAsync(layout, count, cancellationToken).ConfigureAwait(false) },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Failures go with what they are about, and wait behind each other by what it is cut by now.</summary>
    private async ValueTask<List<FailureWrite>> MoveFailuresAsync(SubscriptionLayout layout, int count, CancellationToken cancellationToken)
    {
        List<FailureWrite> moved = [];
        await foreach (var record in FailureScan.AllAsync(engine.Store, new() { Handler = subscription.Name }, cancellationToken).ConfigureAwait(false))
        {
            var key = (layout.Cut == subscription.Cut.Description ? record.ParkKey : null) ?? await KeyOfAsync(record, cancellationToken).ConfigureAwait(false);
            moved.Add(new(record.Key, record.Revision, record with { Partition = StreamName.StableHash(key) % count, ParkKey = record.ParkKey is null ? null : key }));
        }

        return moved;
    }

    private async ValueTask<string> KeyOfAsync(FailureRecord record, CancellationToken cancellationToken)
    {
        if (!subscription.Cut.HasKeys)
            return record.Stream;
        var message = await engine.Store.FindMessageAsync(record.MessageId, cancellationToken).ConfigureAwait(false);
        try
        {
            return message is null ? record.Stream : subscription.Cut.KeyOf(message, engine.Delivery.ToMessage(message).Payload);
        }
        catch (Exception)
        {
            // One that cannot be read failed for that, under its stream.
            return record.Stream;
        }
    }
}
