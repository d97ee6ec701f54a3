using System.Diagnostics;
using System.Globalization;
using Protean.Benchmarks.Chaos.Running;

namespace Protean.Benchmarks.Chaos.Deliveries.Running;

/// <summary>Kills nodes, one after the other, each at the stage that the plan says, ends others in peace, and restarts the server.</summary>
internal sealed class Disturbances(Cluster cluster, ISurroundings surroundings, Random random, TextWriter progress)
{
    private const double Replacements = 0.4;
    private static readonly TimeSpan _longestStart = TimeSpan.FromMilliseconds(1_200);
    private static readonly TimeSpan _firstDeliveries = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _longestRecovery = TimeSpan.FromMilliseconds(1_500);
    private static readonly TimeSpan _longestOutage = TimeSpan.FromMilliseconds(1_500);
    private readonly long _begin = Stopwatch.GetTimestamp();

    public int Kills { get; private set; }

    public int Restarts { get; private set; }

    /// <summary>How many nodes were ended in peace.</summary>
    public int Stops { get; private set; }

    public async Task RunAsync(IReadOnlyList<Stage> plan, CancellationToken cancellationToken)
    {
        await cluster.ReadyAsync(cancellationToken);
        foreach (var stage in plan)
        {
            await AtAsync(stage, plan.Count, cancellationToken);
            if (random.NextDouble() < Replacements || (Stops == 0 && Kills == plan.Count))
                await ReplaceAsync(cancellationToken);
        }

        // Those who are left have to work, too, before the end.
        await cluster.ReadyAsync(cancellationToken);
    }

    private async Task AtAsync(Stage stage, int of, CancellationToken cancellationToken)
    {
        switch (stage)
        {
            case Stage.Starting:
                await surroundings.GoOnAsync(Kills + 1, of, cancellationToken);
                await Task.Delay(_longestStart * random.NextDouble(), cancellationToken);
                await KillAsync(cluster.Youngest, stage, of, cancellationToken);
                break;
            case Stage.FirstCommits:
                await Cluster.ReadyAsync(cluster.Youngest, cancellationToken);
                await surroundings.GoOnAsync(Kills + 1, of, cancellationToken);
                await Task.Delay(_firstDeliveries * random.NextDouble(), cancellationToken);
                await KillAsync(cluster.Youngest, stage, of, cancellationToken);
                break;
            case Stage.Load:
                await cluster.ReadyAsync(cancellationToken);
                await surroundings.GoOnAsync(Kills + 1, of, cancellationToken);
                await surroundings.LoadAsync(random.NextDouble(), cancellationToken);
                await KillAsync(cluster.Any(random), stage, of, cancellationToken);
                break;
            default:
                await RestartAsync(stage, of, cancellationToken);
                break;
        }
    }

    private async Task RestartAsync(Stage stage, int of, CancellationToken cancellationToken)
    {
        await cluster.ReadyAsync(cancellationToken);
        await surroundings.GoOnAsync(Kills + 1, of, cancellationToken);
        await surroundings.LoadAsync(random.NextDouble(), cancellationToken);
        await surroundings.StopServerAsync(cancellationToken);
        await Task.Delay(_longestOutage * random.NextDouble(), cancellationToken);
        if (stage == Stage.Outage)
            await KillAsync(cluster.Any(random), stage, of, cancellationToken);
        await surroundings.StartServerAsync(cancellationToken);
        if (stage == Stage.Recovery)
        {
            await Task.Delay(_longestRecovery * random.NextDouble(), cancellationToken);
            await KillAsync(cluster.Any(random), stage, of, cancellationToken);
        }

        Restarts++;
        await surroundings.CatchUpAsync(cancellationToken);
        Say($"{surroundings.Restarted}");
    }

    private async Task KillAsync(Node node, Stage stage, int of, CancellationToken cancellationToken)
    {
        var partitions = await cluster.KillAsync(node);
        Kills++;
        Say($"kill {Kills} of {of}: {node.Child.Name} {Describe(stage)}, with {partitions} partitions; {cluster.Takeovers} were taken over so far");
        await surroundings.KilledAsync(node, partitions, cancellationToken);
    }

    private async Task ReplaceAsync(CancellationToken cancellationToken)
    {
        var node = cluster.Any(random);
        await cluster.ReplaceAsync(node, cancellationToken);
        Stops++;
        Say($"{node.Child.Name} was ended in peace");
    }

    private static string Describe(Stage stage) => stage switch
    {
        Stage.Starting => "while it started",
        Stage.FirstCommits => "at its first deliveries",
        Stage.Load => "under load",
        Stage.Outage => "while the server was gone",
        _ => "when the server had come back",
    };

    private void Say(FormattableString text) =>
        progress.WriteLine($"{FormattableString.Invariant($"{Stopwatch.GetElapsedTime(_begin).TotalSeconds,7:0.0} s")}  {text.ToString(CultureInfo.InvariantCulture)}");
}
