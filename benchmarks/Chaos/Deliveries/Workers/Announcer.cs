using Protean.Benchmarks.Chaos.Histories;
using Protean.Benchmarks.Chaos.Workers;
using Protean.Engine;

namespace Protean.Benchmarks.Chaos.Deliveries.Workers;

/// <summary>Says which partitions the engine of this process takes, and when it has what it is to have.</summary>
internal sealed class Announcer(DomainEngine engine, Voice voice)
{
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(20);

    private readonly HashSet<Taken> _said = [];

    /// <summary>Looks again and again, until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var wasReady = false;
        while (!stop.IsCancellationRequested)
        {
            var status = engine.Status;
            foreach (var taken in status.Subscriptions.SelectMany(static s => s.Partitions.Select(p => new Taken(s.Name, p.Partition, p.Epoch))))
            {
                if (_said.Add(taken))
                    voice.Say(new() { Taken = taken });
            }

            if (status.IsReady && !wasReady)
            {
                wasReady = true;
                voice.Say(new() { IsReady = true });
            }

            await Task.Delay(_interval, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
