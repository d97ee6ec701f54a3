using Protean.Benchmarks.Chaos.Workers;
using Protean.Storage;

namespace Protean.Benchmarks.Chaos.Deliveries.Workers;

/// <summary>Keeps feeders from running away from the engines on a slow machine: the run could not end then.</summary>
internal sealed class Pace(IEventStore store)
{
    private const long MostBehind = 1_000;
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(250);

    private volatile bool _isTooFast;

    /// <summary>Waits while some partition is too far behind the end of the log.</summary>
    public async Task KeepAsync(CancellationToken stop)
    {
        while (_isTooFast && !stop.IsCancellationRequested)
            await Task.Delay(Patience.Pause, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Looks again and again, until it is stopped.</summary>
    public async Task WatchAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var head = await store.GetHeadAsync(stop);
                var partitions = (await store.ListCheckpointsAsync(cancellationToken: stop)).Where(static checkpoint => checkpoint.Key.Partition >= 0);
                _isTooFast = partitions.Any(partition => head - partition.Position > MostBehind);
            }
            catch (Exception error) when (error is StoreUnavailableException or OperationCanceledException)
            {
                // Nobody can write now, either.
            }

            await Task.Delay(_interval, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
