using Protean.Storage;

namespace Protean.Engine;

/// <summary>Waits for subscriptions to have handled the log up to a position, wherever they run.</summary>
internal sealed class CatchUp(EngineContext engine, PartitionSet running)
{
    private static readonly TimeSpan Here = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan Elsewhere = TimeSpan.FromMilliseconds(100);

    public async Task WaitAsync(IReadOnlyList<Subscription> subscriptions, long position, CancellationToken cancellationToken)
    {
        foreach (var subscription in subscriptions)
        {
            while (await BehindAsync(subscription, position, cancellationToken).ConfigureAwait(false) is { } wait)
                await Task.Delay(wait, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <returns>How long to wait before looking again; nothing if it has caught up.</returns>
    private async ValueTask<TimeSpan?> BehindAsync(Subscription subscription, long position, CancellationToken cancellationToken)
    {
        var rows = await engine.Store.ListCheckpointsAsync(subscription.Name, cancellationToken).ConfigureAwait(false);
        if (!SubscriptionLayout.Read(rows).TryGetValue(subscription.Name, out var layout))
            return Elsewhere;
        foreach (var partition in layout.Partitions)
        {
            if (partition.Position >= position)
                continue;
            if (running.Find(subscription.Name, partition.Key.Partition) is { } loop)
            {
                if (loop.Settled < position)
                    return Here;
            }
            else if (await HasMoreAsync(subscription, layout, partition, position, cancellationToken).ConfigureAwait(false))
            {
                return Elsewhere;
            }
        }

        return null;
    }

    /// <summary>Progress over what is for others is written now and then only, so what matters is whether something for the partition lies between.</summary>
    private async ValueTask<bool> HasMoreAsync(Subscription subscription, SubscriptionLayout layout, Checkpoint partition, long position, CancellationToken cancellationToken)
    {
        var page = await engine.Store.ReadLogAsync(subscription.Read(partition.Position, 1, partition.Key.Partition, layout.Count) with { UpTo = position }, cancellationToken).ConfigureAwait(false);
        return page.Messages.Count > 0;
    }
}
