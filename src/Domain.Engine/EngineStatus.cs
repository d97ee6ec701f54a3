namespace Protean.Engine;

/// <summary>What the engine of a node is doing.</summary>
/// <param name="Node">The name of the node.</param>
/// <param name="IsRunning">Whether it was started and is not told to stop.</param>
/// <param name="IsReady">Whether it runs and has what it is to have of the partitions.</param>
/// <param name="Head">Where the log ends, as far as the node knows.</param>
/// <param name="Subscriptions">What it delivers to.</param>
public sealed record EngineStatus(string Node, bool IsRunning, bool IsReady, long Head, IReadOnlyList<SubscriptionStatus> Subscriptions)
{
    /// <summary>What the subscribers of this node do at the broker.</summary>
    public IReadOnlyList<ReceiverStatus> Receivers { get; init; } = [];
}

/// <summary>A handler, a projection, or the commands of a category.</summary>
/// <param name="Name">The durable name.</param>
/// <param name="Handler">The name as it was given, which metrics, spans and log lines have.</param>
/// <param name="Partitions">The partitions.</param>
/// <param name="RenamedTo">The durable name that its progress has gone to: a program that runs beside this one has renamed it, and this one handles nothing under the old name.</param>
public sealed record SubscriptionStatus(string Name, string Handler, IReadOnlyList<PartitionStatus> Partitions, string? RenamedTo = null);

/// <summary>A partition of a subscription.</summary>
/// <param name="Partition">The partition, from 0.</param>
/// <param name="State">What it is doing.</param>
/// <param name="Position">Everything up to here is handled.</param>
/// <param name="Lag">How many positions lie between it and the end of the log, those of messages for others included. Zero when nothing is left to do.</param>
/// <param name="Behind">How old the oldest message is that it has not handled. Zero when nothing is left to do.</param>
/// <param name="Epoch">Grows with every change of owner.</param>
/// <param name="Owner">The node that has it; none while nobody has.</param>
/// <param name="Problem">What it has stopped on.</param>
public sealed record PartitionStatus(int Partition, PartitionState State, long Position, long Lag, TimeSpan Behind, long Epoch, string? Owner, string? Problem);
