using Protean.Engine;

namespace Protean.Benchmarks.Load.Nodes;

internal static class IdleEngine
{
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(1);

    /// <summary>Waits until the engine has its partitions and all of them wait for messages.</summary>
    public static async Task UntilIdleAsync(this DomainEngine engine, CancellationToken cancellationToken)
    {
        while (engine.Status.Subscriptions.Any(subscription => subscription.Partitions.Count == 0 || subscription.Partitions.Any(partition => partition.State != PartitionState.Idle)))
            await Task.Delay(_look, cancellationToken);
    }
}
