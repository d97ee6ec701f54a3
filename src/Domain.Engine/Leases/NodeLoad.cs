using Protean.Storage;

namespace Protean.Engine;

/// <summary>What a node holds in a plan that is being made.</summary>
internal sealed class NodeLoad(LiveNode node)
{
    private readonly HashSet<CheckpointKey> _kept = [];
    private readonly Dictionary<string, int> _counts = [];
    private readonly SortedSet<CheckpointKey> _partitions = new(Comparer<CheckpointKey>.Create(static (a, b) =>
        string.CompareOrdinal(a.Name, b.Name) is var byName and not 0 ? byName : a.Partition.CompareTo(b.Partition)));

    public string Name => node.Name;

    public int Count => _partitions.Count;

    public IReadOnlyCollection<CheckpointKey> Partitions => _partitions;

    public bool CanHost(CheckpointKey partition) => node.Hosts.Contains(partition.Name);

    /// <summary>How many partitions of a subscription it holds.</summary>
    public int CountOf(string subscription) => _counts.GetValueOrDefault(subscription);

    /// <summary>Takes a partition that it holds already, outside the plan.</summary>
    public void Keep(CheckpointKey partition)
    {
        _kept.Add(partition);
        Take(partition);
    }

    public void Take(CheckpointKey partition)
    {
        _partitions.Add(partition);
        _counts[partition.Name] = CountOf(partition.Name) + 1;
    }

    /// <summary>Whether it holds something that another node can host.</summary>
    public bool CanGiveTo(NodeLoad other)
    {
        foreach (var (subscription, count) in _counts)
        {
            if (count > 0 && other.CanHost(new(subscription)))
                return true;
        }

        return false;
    }

    /// <summary>
    /// Gives one partition to another node: one that does not run here yet, if there is such a one, and one of the subscription that this would
    /// spread best, so that the partitions of a busy handler do not end up on one node.
    /// </summary>
    public void GiveTo(NodeLoad other)
    {
        var given = _partitions.Where(other.CanHost)
            .OrderBy(p => _kept.Contains(p))
            .ThenByDescending(p => CountOf(p.Name) - other.CountOf(p.Name))
            .First();
        _partitions.Remove(given);
        _counts[given.Name]--;
        other.Take(given);
    }
}
