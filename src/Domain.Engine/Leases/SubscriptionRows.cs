using Protean.Storage;

namespace Protean.Engine;

/// <summary>Makes the checkpoints of subscriptions that are new, where they are to begin: after what was done under a former name, or anew.</summary>
internal sealed class SubscriptionRows(EngineContext engine, IEnumerable<Subscription> subscriptions, string node)
{
    private const int MostTries = 20;

    /// <param name="mayTakeBack">For a subscription whose name was given up: whether its progress may come back from a name it has gone to.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>Those that have their checkpoints from now on.</returns>
    public async Task<IReadOnlyList<Subscription>> PrepareAsync(Func<Subscription, Func<string, bool>> mayTakeBack, CancellationToken cancellationToken)
    {
        HashSet<Subscription> prepared = [];
        for (var tries = 1; ; tries++)
        {
            var checkpoints = await engine.Store.ListCheckpointsAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
            var known = SubscriptionLayout.Read(checkpoints);
            var renames = SubscriptionLayout.ReadRenames(checkpoints);
            List<Subscription> fresh = [];
            try
            {
                foreach (var subscription in subscriptions.Where(s => !known.ContainsKey(s.Name)))
                {
                    var wasRenamed = renames.ContainsKey(subscription.Name);
                    var former = wasRenamed
                        ? FormerOf(subscription, known, name => name, mayTakeBack(subscription))
                        : FormerOf(subscription, known, name => Current(name, renames), IsFree);
                    if (former is not null)
                    {
                        await new NameTakeover(engine, subscription, former.Name, node).RunAsync(cancellationToken).ConfigureAwait(false);
                        prepared.Add(subscription);
                    }
                    else if (!wasRenamed)
                    {
                        fresh.Add(subscription);
                    }
                }

                await BeginAsync(fresh, cancellationToken).ConfigureAwait(false);
                prepared.UnionWith(fresh);
                return [.. prepared];
            }
            catch (CommitRefusedException) when (tries < MostTries)
            {
                // Another node has made some of them meanwhile, or still moves those of a former name.
            }
        }
    }

    public static async ValueTask<long> StartOfAsync(EngineContext engine, StartFrom start, long head, CancellationToken cancellationToken) => start switch
    {
        { IsNow: true } => head,
        { At: { } time } => await engine.Store.FindStartAsync(time, cancellationToken).ConfigureAwait(false),
        // A position that is not there yet is waited for, but nobody can stand beyond the end.
        { After: { } after } => Math.Min(after, head),
        _ => 0,
    };

    /// <summary>Where a name has led to in the end.</summary>
    private static string Current(string name, IReadOnlyDictionary<string, string> renames)
    {
        while (renames.TryGetValue(name, out var next))
            name = next;
        return name;
    }

    private static SubscriptionLayout? FormerOf(
        Subscription subscription, IReadOnlyDictionary<string, SubscriptionLayout> known, Func<string, string> current, Func<string, bool> mayTake) =>
        subscription.FormerNames.Select(current).Where(known.ContainsKey).Where(mayTake).Select(name => known[name]).FirstOrDefault();

    /// <summary>Whether no handler of this program has the name: what a former name has led to may be in use.</summary>
    private bool IsFree(string name) => engine.Domain.Model.EventHandlers.All(h => h.DurableName != name);

    private async Task BeginAsync(List<Subscription> missing, CancellationToken cancellationToken)
    {
        if (missing.Count == 0)
            return;
        var head = await engine.Store.GetHeadAsync(cancellationToken).ConfigureAwait(false);
        List<CheckpointMove> moves = [];
        foreach (var subscription in missing)
        {
            var start = await StartOfAsync(engine, subscription.Start, head, cancellationToken).ConfigureAwait(false);
            moves.Add(new(new(subscription.Name, SubscriptionLayout.WholePartition), 0, 1, 0, Data: SubscriptionLayout.ToData(subscription.Settings.Partitions, subscription.Cut.Description, subscription.Version, subscription.NewMark)));
            for (var partition = 0; start > 0 && partition < subscription.Settings.Partitions; partition++)
                moves.Add(new(new(subscription.Name, partition), 0, start, 0));
            if (head > start)
                engine.Log.SubscriptionIsNew(subscription.ShortName, subscription.Start.ToString(), head - start);
        }

        await engine.Store.CommitAsync(new() { Checkpoints = moves }, cancellationToken).ConfigureAwait(false);
    }
}
