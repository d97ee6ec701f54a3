using Protean.Storage;

namespace Protean.Engine;

/// <summary>A partition, as every node reads it from the store.</summary>
/// <param name="Key">What its checkpoint is kept under.</param>
/// <param name="Owner">The node that holds it; none when it is free.</param>
/// <param name="OwnerAlive">Whether that node is alive.</param>
internal readonly record struct OwnedPartition(CheckpointKey Key, string? Owner, bool OwnerAlive);

/// <summary>A node that is alive.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Hosts">The names of the subscriptions it can host.</param>
internal sealed record LiveNode(string Name, IReadOnlySet<string> Hosts);

/// <summary>
/// Which node ought to own which partition. Every node works it out for itself, so it is a function of the facts alone: those who read the same
/// come to the same plan, in whatever order they read it.
/// </summary>
internal static class AssignmentPlan
{
    /// <summary>
    /// Spreads the partitions evenly. Who holds a partition keeps it, as long as it may and no load can be evened out by giving it away.
    /// </summary>
    /// <returns>The node of each partition; none where no node that is alive can host it.</returns>
    public static IReadOnlyDictionary<CheckpointKey, string?> Balanced(IEnumerable<OwnedPartition> partitions, IEnumerable<LiveNode> nodes)
    {
        NodeLoad[] loads = [.. InOrder(nodes).Select(n => new NodeLoad(n))];
        Dictionary<CheckpointKey, string?> plan = [];
        List<CheckpointKey> free = [];
        foreach (var partition in InOrder(partitions))
        {
            plan[partition.Key] = null;
            if (partition.OwnerAlive && loads.FirstOrDefault(l => l.Name == partition.Owner) is { } owner && owner.CanHost(partition.Key))
                owner.Keep(partition.Key);
            else
                free.Add(partition.Key);
        }

        // Those who can go to few nodes choose first, so that fewer have to be moved afterwards.
        foreach (var partition in free.OrderBy(p => loads.Count(l => l.CanHost(p))))
            loads.Where(l => l.CanHost(partition)).OrderBy(l => l.Count).ThenBy(l => l.CountOf(partition.Name)).FirstOrDefault()?.Take(partition);
        while (LoadBalance.Improve(loads))
        {
        }

        foreach (var load in loads)
        {
            foreach (var partition in load.Partitions)
                plan[partition] = load.Name;
        }

        return plan;
    }

    /// <summary>
    /// Gives everything to one node, and the others stand by: to the one that owns most, or, when nobody owns anything, to the first by name.
    /// Only what that node cannot host goes to another.
    /// </summary>
    /// <returns>The node of each partition; none where no node that is alive can host it.</returns>
    public static IReadOnlyDictionary<CheckpointKey, string?> OneHolder(IEnumerable<OwnedPartition> partitions, IEnumerable<LiveNode> nodes)
    {
        OwnedPartition[] left = [.. InOrder(partitions)];
        var plan = left.ToDictionary(p => p.Key, _ => (string?)null);
        List<LiveNode> candidates = [.. InOrder(nodes)];
        while (candidates.Count > 0)
        {
            var holder = candidates
                .OrderByDescending(n => left.Count(p => p.OwnerAlive && p.Owner == n.Name && n.Hosts.Contains(p.Key.Name)))
                .ThenByDescending(n => left.Count(p => n.Hosts.Contains(p.Key.Name)))
                .First();
            foreach (var partition in left.Where(p => holder.Hosts.Contains(p.Key.Name)))
                plan[partition.Key] = holder.Name;
            left = [.. left.Where(p => !holder.Hosts.Contains(p.Key.Name))];
            candidates.Remove(holder);
        }

        return plan;
    }

    private static IOrderedEnumerable<OwnedPartition> InOrder(IEnumerable<OwnedPartition> partitions) =>
        partitions.OrderBy(p => p.Key.Name, StringComparer.Ordinal).ThenBy(p => p.Key.Partition);

    private static IOrderedEnumerable<LiveNode> InOrder(IEnumerable<LiveNode> nodes) => nodes.OrderBy(n => n.Name, StringComparer.Ordinal);
}
