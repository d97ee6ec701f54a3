using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Protean.Engine;

/// <summary>What is measured of the partitions of this process whenever somebody asks.</summary>
internal static class EngineGauges
{
    private static readonly ConcurrentDictionary<DomainEngine, bool> Engines = new();

    static EngineGauges()
    {
        Telemetry.Meter.CreateObservableGauge("protean.lag.messages", () => OfPartitions(p => p.Lag), "{message}", "How many positions lie between a partition and the end of the log.");
        Telemetry.Meter.CreateObservableGauge("protean.lag.time", () => OfPartitions(p => p.Behind.TotalSeconds), "s", "How old the oldest message is that a partition has not handled.");
        Telemetry.Meter.CreateObservableGauge("protean.partitions", () => OfSubscriptions(_ => true), "{partition}", "Partitions that this node has.");
        Telemetry.Meter.CreateObservableGauge("protean.partitions.halted", () => OfSubscriptions(p => p.State == PartitionState.Halted), "{partition}", "Partitions that stand still until they are resumed.");
        Telemetry.Meter.CreateObservableGauge("protean.breaker.open", () => OfSubscriptions(p => p.State == PartitionState.Paused), "{partition}", "Partitions that pause after too many failures in a row.");
    }

    public static void Add(DomainEngine engine) => Engines[engine] = true;

    public static void Remove(DomainEngine engine) => Engines.TryRemove(engine, out _);

    private static List<Measurement<T>> OfPartitions<T>(Func<PartitionStatus, T> measure) where T : struct
    {
        List<Measurement<T>> measured = [];
        foreach (var (node, subscription) in Subscriptions())
        {
            foreach (var partition in subscription.Partitions)
                measured.Add(new(measure(partition), Telemetry.Of(subscription.Handler), new("protean.partition", partition.Partition), new("protean.node", node)));
        }

        return measured;
    }

    private static List<Measurement<long>> OfSubscriptions(Func<PartitionStatus, bool> counts)
    {
        List<Measurement<long>> measured = [];
        foreach (var (node, subscription) in Subscriptions())
            measured.Add(new(subscription.Partitions.Count(counts), Telemetry.Of(subscription.Handler), new("protean.node", node)));
        return measured;
    }

    private static IEnumerable<(string Node, SubscriptionStatus Subscription)> Subscriptions() =>
        Engines.Keys.Select(engine => engine.Status).SelectMany(status => status.Subscriptions.Select(s => (status.Node, s)));
}
