using Protean.Storage;

namespace Protean.Engine;

/// <summary>Waits for subscriptions to have handled the log up to a position, wherever they run.</summary>
internal sealed class CatchUp(EngineContext engine, PartitionSet running)
{
    /// <summary>How long to wait before looking again at what other nodes have written.</summary>
    private static readonly TimeSpan Elsewhere = TimeSpan.FromMilliseconds(100);

    public async Task WaitAsync(IReadOnlyList<Subscription> subscriptions, long position, CancellationToken cancellationToken)
    {
        foreach (var subscription in subscriptions)
        {
            // Taken before the look, so that no move after it is missed.
            for (var moved = engine.Moved.NextAsync(); await IsBehindAsync(subscription, position, cancellationToken).ConfigureAwait(false); moved = engine.Moved.NextAsync())
                await WaitAsync(moved, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task WaitAsync(Task moved, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(moved, Task.Delay(Elsewhere, engine.Time, ended.Token)).ConfigureAwait(false);
        await ended.CancelAsync().ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private async ValueTask<bool> IsBehindAsync(Subscription subscription, long position, CancellationToken cancellationToken)
    {
        if (running.Loops.Any(l => l.Subscription == subscription && l.Settled < position))
            return true;
        if (await LayoutAsync(subscription.Name, cancellationToken).ConfigureAwait(false) is not { } layout)
            return true;
        foreach (var partition in layout.Partitions)
        {
            if (partition.Position >= position)
                continue;
            if (running.Find(layout.Name, partition.Key.Partition) is { } loop)
            {
                if (loop.Settled < position)
                    return true;
            }
            else if (await HasMoreAsync(subscription, layout, partition, position, cancellationToken).ConfigureAwait(false))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Where a subscription stands, under whatever name it has now.</summary>
    private async ValueTask<SubscriptionLayout?> LayoutAsync(string name, CancellationToken cancellationToken)
    {
        while (true)
        {
            var rows = await engine.Store.ListCheckpointsAsync(name, cancellationToken).ConfigureAwait(false);
            if (!SubscriptionLayout.ReadRenames(rows).TryGetValue(name, out var newName))
                return SubscriptionLayout.Read(rows).GetValueOrDefault(name);
            name = newName;
        }
    }

    /// <summary>Progress over what is for others is written now and then only, so what matters is whether something for the partition lies between.</summary>
    private async ValueTask<bool> HasMoreAsync(Subscription subscription, SubscriptionLayout layout, Checkpoint partition, long position, CancellationToken cancellationToken)
    {
        var page = await engine.Store.ReadLogAsync(subscription.Read(partition.Position, 1, partition.Key.Partition, layout.Count, layout.Cut) with { UpTo = position }, cancellationToken).ConfigureAwait(false);
        return page.Messages.Count > 0;
    }
}
