using FsCheck;
using FsCheck.Fluent;
using Protean.Engine;
using Protean.Storage;

namespace Protean.Tests.Leases;

/// <summary>What a node can read about partitions and nodes, made up.</summary>
internal sealed record Facts(IReadOnlyList<OwnedPartition> Partitions, IReadOnlyList<LiveNode> Nodes)
{
    private static readonly string[] Subscriptions = ["audit", "stock", "views"];

    private static readonly HashSet<string> Everything = [.. Subscriptions];

    /// <summary>Nodes that may be barred from some subscriptions.</summary>
    public static Gen<Facts> Any { get; } = With(Gen.SubListOf(Subscriptions).Select(some => new HashSet<string>(some)));

    /// <summary>Nodes that can all host everything.</summary>
    public static Gen<Facts> EqualNodes { get; } = With(Gen.Constant(Everything));

    /// <summary>So few that every assignment can be tried.</summary>
    public static Gen<Facts> Few { get; } = Any.Where(f => f.Partitions.Count <= 6 && f.Nodes.Count <= 3);

    public IReadOnlyDictionary<CheckpointKey, string?> Balanced() => AssignmentPlan.Balanced(Partitions, Nodes);

    public IReadOnlyDictionary<CheckpointKey, string?> OneHolder() => AssignmentPlan.OneHolder(Partitions, Nodes);

    /// <summary>The facts after a plan was carried out.</summary>
    public Facts After(IReadOnlyDictionary<CheckpointKey, string?> plan) =>
        this with { Partitions = [.. Partitions.Select(p => new OwnedPartition(p.Key, plan[p.Key], plan[p.Key] is not null))] };

    public Facts Without(string node) => new(
        [.. Partitions.Select(p => p with { OwnerAlive = p.OwnerAlive && p.Owner != node })], [.. Nodes.Where(n => n.Name != node)]);

    /// <summary>The facts after a node has come that can host everything, with a name before, among or after the others.</summary>
    public Facts Joined(string node) => this with { Nodes = [.. Nodes, new(node, Everything)] };

    public Facts Shuffled(int seed)
    {
        var random = new Random(seed);
        return new([.. Partitions.OrderBy(_ => random.Next())], [.. Nodes.OrderBy(_ => random.Next())]);
    }

    public bool CanHost(string node, CheckpointKey partition) => Nodes.Any(n => n.Name == node && n.Hosts.Contains(partition.Name));

    public IEnumerable<string> Eligible(CheckpointKey partition) => Nodes.Where(n => n.Hosts.Contains(partition.Name)).Select(n => n.Name);

    /// <summary>How many partitions each node has.</summary>
    public int[] Loads(IEnumerable<string?> owners) => [.. Nodes.Select(n => owners.Count(o => o == n.Name))];

    public override string ToString() =>
        $"{string.Join("; ", Partitions.Select(p => $"{p.Key.Name}/{p.Key.Partition} {p.Owner}{(p.OwnerAlive ? "" : " †")}"))} | {string.Join("; ", Nodes.Select(n => $"{n.Name}: {string.Join(" ", n.Hosts)}"))}";

    private static Gen<Facts> With(Gen<HashSet<string>> hosts) =>
        from nodes in Gen.Choose(0, 5)
        from hosted in Gen.ArrayOf(hosts, nodes)
        from counts in Gen.ArrayOf(Gen.Choose(0, 5), Subscriptions.Length)
        from owners in Gen.ArrayOf(Gen.Elements(null, "gone", "n0", "n1", "n2", "n3", "n4"), counts.Sum())
        from lapsed in Gen.ArrayOf(Gen.Frequency((1, Gen.Constant(true)), (9, Gen.Constant(false))), counts.Sum())
        select new Facts(
            [.. Subscriptions.SelectMany((s, i) => Enumerable.Range(0, counts[i]).Select(p => new CheckpointKey(s, p)))
                .Select((key, i) => new OwnedPartition(key, owners[i], owners[i] is not null and not "gone" && !lapsed[i]))],
            [.. hosted.Select((h, i) => new LiveNode($"n{i}", h))]);
}
