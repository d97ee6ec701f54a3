using Protean.Storage;

namespace Protean.Engine;

/// <summary>Makes the checkpoints of subscriptions that are new, where they are to begin.</summary>
internal sealed class SubscriptionRows(EngineContext engine, IEnumerable<Subscription> subscriptions)
{
    private const int MostTries = 20;

    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            var checkpoints = await engine.Store.ListCheckpointsAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
            var known = SubscriptionLayout.Read(checkpoints);
            Subscription[] missing = [.. subscriptions.Where(s => !known.ContainsKey(s.Name))];
            if (missing.Length == 0)
                return;
            try
            {
                foreach (var subscription in missing)
                {
                    if (subscription.FormerNames.Select(known.GetValueOrDefault).OfType<SubscriptionLayout>().FirstOrDefault() is { } former)
                        await TakeOverAsync(subscription, former, checkpoints, cancellationToken).ConfigureAwait(false);
                }

                await BeginAsync([.. missing.Where(m => !m.FormerNames.Any(known.ContainsKey))], cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (CommitRefusedException) when (tries < MostTries)
            {
                // Another node has made some of them meanwhile, or still moves those of a former name.
            }
        }
    }

    private async Task BeginAsync(IReadOnlyList<Subscription> missing, CancellationToken cancellationToken)
    {
        if (missing.Count == 0)
            return;
        var head = await engine.Store.GetHeadAsync(cancellationToken).ConfigureAwait(false);
        List<CheckpointMove> moves = [];
        foreach (var subscription in missing)
        {
            var start = await StartOfAsync(engine, subscription.Start, head, cancellationToken).ConfigureAwait(false);
            moves.Add(new(new(subscription.Name, SubscriptionLayout.WholePartition), 0, 1, 0, Data: SubscriptionLayout.ToData(subscription.Settings.Partitions, subscription.Version)));
            for (var partition = 0; start > 0 && partition < subscription.Settings.Partitions; partition++)
                moves.Add(new(new(subscription.Name, partition), 0, start, 0));
            if (head > start)
                engine.Log.SubscriptionIsNew(subscription.ShortName, subscription.Start.ToString(), head - start);
        }

        await engine.Store.CommitAsync(new() { Checkpoints = moves }, cancellationToken).ConfigureAwait(false);
    }

    public static async ValueTask<long> StartOfAsync(EngineContext engine, StartFrom start, long head, CancellationToken cancellationToken) => start switch
    {
        { IsNow: true } => head,
        { At: { } time } => await engine.Store.FindStartAsync(time, cancellationToken).ConfigureAwait(false),
        // A position that is not there yet is waited for, but nobody can stand beyond the end.
        { After: { } after } => Math.Min(after, head),
        _ => 0,
    };

    /// <summary>Moves progress and failures from the name that a handler had before to the one it has now.</summary>
    private async Task TakeOverAsync(Subscription subscription, SubscriptionLayout former, IReadOnlyList<Checkpoint> checkpoints, CancellationToken cancellationToken)
    {
        List<CheckpointMove> moves = [new(new(subscription.Name, SubscriptionLayout.WholePartition), 0, 1, 0, Data: SubscriptionLayout.ToData(former.Count, former.Version))];
        foreach (var row in checkpoints.Where(c => c.Key.Name == former.Name))
        {
            moves.Add(new(row.Key, row.Position, row.Position, row.Epoch, Remove: true));
            if (row.Key.Partition >= 0 && row.Position > 0)
                moves.Add(new(row.Key with { Name = subscription.Name }, 0, row.Position, 0));
        }

        List<FailureWrite> failures = [];
        await foreach (var record in FailureScan.AllAsync(engine.Store, new() { Handler = former.Name }, cancellationToken).ConfigureAwait(false))
        {
            var key = record.Key with { Handler = subscription.Name };
            failures.Add(new(key, FailureWrite.AnyRevision, record with { Key = key }));
        }

        await engine.Store.CommitAsync(new() { Checkpoints = moves, Failures = failures, FailurePurges = [new(former.Name)] }, cancellationToken).ConfigureAwait(false);
        engine.Log.NameTakenOver(subscription.ShortName, former.Name);
    }
}
