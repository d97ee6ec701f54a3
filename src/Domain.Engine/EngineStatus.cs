namespace Protean.Engine;

/// <summary>What the engine of a node is doing.</summary>
/// <param name="Node">The name of the node.</param>
/// <param name="IsRunning">Whether it was started and not stopped.</param>
/// <param name="IsReady">Whether it has what it is to have of the partitions.</param>
/// <param name="Head">Where the log ends, as far as the node knows.</param>
/// <param name="Subscriptions">What it delivers to.</param>
public sealed record EngineStatus(string Node, bool IsRunning, bool IsReady, long Head, IReadOnlyList<SubscriptionStatus> Subscriptions)
{
    internal static EngineStatus Of(string node, EngineContext engine, IEnumerable<Subscription> subscriptions, PartitionSet running, bool isRunning, bool isReady)
    {
        var head = engine.Tail?.To ?? 0;
        var loops = running.Loops.ToLookup(l => l.Subscription.Name);
        return new(node, isRunning, isReady, head, [.. subscriptions.Select(s => new SubscriptionStatus(s.Name, [.. loops[s.Name].OrderBy(l => l.Lease.Key.Partition).Select(l => Of(l, head))]))]);
    }

    private static PartitionStatus Of(PartitionLoop loop, long head)
    {
        var position = loop.Settled;
        return new(loop.Lease.Key.Partition, loop.State, position, Math.Max(0, head - position), loop.Lease.Epoch, loop.HaltedBy?.Message);
    }
}

/// <summary>A handler, a projection, or the commands of a category.</summary>
/// <param name="Name">The durable name.</param>
/// <param name="Partitions">The partitions that this node has.</param>
public sealed record SubscriptionStatus(string Name, IReadOnlyList<PartitionStatus> Partitions);

/// <summary>A partition that a node has.</summary>
/// <param name="Partition">The partition, from 0.</param>
/// <param name="State">What it is doing.</param>
/// <param name="Position">Everything up to here is handled.</param>
/// <param name="Lag">How many positions lie between it and the end of the log.</param>
/// <param name="Epoch">Grows with every change of owner.</param>
/// <param name="Problem">What it has stopped on.</param>
public sealed record PartitionStatus(int Partition, PartitionState State, long Position, long Lag, long Epoch, string? Problem);
