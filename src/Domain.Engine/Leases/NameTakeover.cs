using Protean.Storage;

namespace Protean.Engine;

/// <summary>
/// Moves progress, failures and marks from the name that a handler had before to the one it has now. What stays under the old name says where they went,
/// so that a program which still has that name neither goes on nor begins anew.
/// </summary>
internal sealed class NameTakeover(EngineContext engine, Subscription subscription, string former, string node)
{
    /// <exception cref="CommitRefusedException">Another node was at it in the same moment.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (await ReadAsync(cancellationToken).ConfigureAwait(false) is not { } found)
            return;
        // Taken first, so that it stands still: what is read now must be what is moved.
        await engine.Store.CommitAsync(
            new() { Leases = [.. found.Partitions.Select(p => new LeaseChange(p.Key, p.Epoch, node, Force: true))], Checkpoints = [found.Assertion] }, cancellationToken).ConfigureAwait(false);
        if (await ReadAsync(cancellationToken).ConfigureAwait(false) is not { } layout)
            return;
        await engine.Store.CommitAsync(
            new()
            {
                Checkpoints = await MovesAsync(layout, cancellationToken).ConfigureAwait(false),
                Failures = await FailuresAsync(cancellationToken).ConfigureAwait(false),
                FailurePurges = [new(former)],
                Marks = await MarksAsync(layout, cancellationToken).ConfigureAwait(false),
            },
            cancellationToken).ConfigureAwait(false);
        engine.Log.NameTakenOver(subscription.ShortName, former);
    }

    private ValueTask<SubscriptionLayout?> ReadAsync(CancellationToken cancellationToken) => SubscriptionLayout.FindAsync(engine.Store, former, cancellationToken);

    private async ValueTask<List<CheckpointMove>> MovesAsync(SubscriptionLayout layout, CancellationToken cancellationToken)
    {
        // The name may have been given up before.
        var whole = new CheckpointKey(subscription.Name, SubscriptionLayout.WholePartition);
        var left = await engine.Store.GetCheckpointAsync(whole, cancellationToken).ConfigureAwait(false);
        var position = left?.Position ?? 0;
        List<CheckpointMove> moves =
        [
            new(whole, position, position + 1, left?.Epoch ?? 0, Data: SubscriptionLayout.ToData(layout.Count, layout.Cut, layout.Version)),
            new(layout.Whole, layout.WholePosition, layout.WholePosition + 1, layout.WholeEpoch, Data: SubscriptionLayout.ToData(subscription.Name)),
        ];
        foreach (var partition in layout.Partitions)
        {
            moves.Add(new(partition.Key, partition.Position, partition.Position, partition.Epoch, Remove: true));
            if (partition.Position > 0)
                moves.Add(new(partition.Key with { Name = subscription.Name }, 0, partition.Position, 0));
        }

        return moves;
    }

    private async ValueTask<List<FailureWrite>> FailuresAsync(CancellationToken cancellationToken)
    {
        List<FailureWrite> failures = [];
        await foreach (var record in FailureScan.AllAsync(engine.Store, new() { Handler = former }, cancellationToken).ConfigureAwait(false))
        {
            var key = record.Key with { Handler = subscription.Name };
            failures.Add(new(key, FailureWrite.AnyRevision, record with { Key = key }));
        }

        return failures;
    }

    /// <summary>The marks of a name that the subscription knows of are read where they are; those of one that only the store knows of go with the progress.</summary>
    private async ValueTask<IReadOnlyList<HandledMark>> MarksAsync(SubscriptionLayout layout, CancellationToken cancellationToken)
    {
        if (subscription.FormerNames.Contains(former))
            return [];
        var after = layout.Partitions.Min(p => p.Position);
        var kept = await engine.Store.GetMarksAsync(subscription.Name, after, long.MaxValue, cancellationToken).ConfigureAwait(false);
        var marks = await engine.Store.GetMarksAsync(former, after, long.MaxValue, cancellationToken).ConfigureAwait(false);
        return [.. marks.Select(m => m with { Handler = subscription.Name }).Except(kept)];
    }
}
