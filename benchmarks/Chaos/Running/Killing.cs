using System.Diagnostics;
using Protean.EventStore.TestServer;

namespace Protean.Benchmarks.Chaos.Running;

/// <summary>Kills workers, one after the other, each at the stage that the plan says.</summary>
internal sealed class Killing(Crew crew, PostgresServer? server, Random random, TextWriter progress)
{
    private static readonly TimeSpan _longestStart = TimeSpan.FromMilliseconds(600);
    private static readonly TimeSpan _firstCommits = TimeSpan.FromMilliseconds(40);
    private static readonly TimeSpan _shortestLoad = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan _longestLoad = TimeSpan.FromMilliseconds(900);
    private static readonly TimeSpan _longestOutage = TimeSpan.FromMilliseconds(700);
    private static readonly TimeSpan _recovery = TimeSpan.FromMilliseconds(150);
    private readonly long _begin = Stopwatch.GetTimestamp();

    public int Kills { get; private set; }

    public int Restarts { get; private set; }

    public async Task RunAsync(IReadOnlyList<Stage> plan, CancellationToken cancellationToken)
    {
        await crew.WorkAsync(cancellationToken);
        foreach (var stage in plan)
        {
            await AtAsync(stage, plan.Count, cancellationToken);
            await Task.Delay(_shortestLoad * random.NextDouble(), cancellationToken);
        }

        // Those who are left have to work, too, before the end.
        await crew.WorkAsync(cancellationToken);
    }

    private async Task AtAsync(Stage stage, int of, CancellationToken cancellationToken)
    {
        var worker = stage is Stage.Starting or Stage.FirstCommits ? crew.Youngest : crew.Any(random);
        switch (stage)
        {
            case Stage.Starting:
                await Task.Delay(_longestStart * random.NextDouble(), cancellationToken);
                break;
            case Stage.FirstCommits:
                await Crew.BeginAsync(worker, cancellationToken);
                await Task.Delay(_firstCommits * random.NextDouble(), cancellationToken);
                break;
            case Stage.Load:
                await Crew.WorkAsync(worker, cancellationToken);
                await Task.Delay(_shortestLoad + ((_longestLoad - _shortestLoad) * random.NextDouble()), cancellationToken);
                break;
            case Stage.Outage or Stage.Recovery:
                await KillAroundRestartAsync(worker, stage, of, cancellationToken);
                return;
        }

        await KillAsync(worker, stage, of);
    }

    private async Task KillAroundRestartAsync(Worker worker, Stage stage, int of, CancellationToken cancellationToken)
    {
        await crew.WorkAsync(cancellationToken);
        await server!.StopAsync(StopMode.Immediate, cancellationToken);
        await Task.Delay(_longestOutage * random.NextDouble(), cancellationToken);
        if (stage == Stage.Outage)
            await KillAsync(worker, stage, of);
        await server.StartAgainAsync(cancellationToken);
        if (stage == Stage.Recovery)
        {
            await Task.Delay(_recovery * random.NextDouble(), cancellationToken);
            await KillAsync(worker, stage, of);
        }

        Restarts++;
        await crew.WorkAsync(cancellationToken);
        Say($"the server was stopped as in a crash and started again; {crew.Acknowledged:#,0} commits acknowledged");
    }

    private async Task KillAsync(Worker worker, Stage stage, int of)
    {
        var inFlight = await crew.KillAsync(worker);
        Kills++;
        Say($"kill {Kills} of {of}: worker {worker.Number} {Describe(stage)}, {inFlight} commits in flight; {crew.Acknowledged:#,0} acknowledged");
    }

    private static string Describe(Stage stage) => stage switch
    {
        Stage.Starting => "while it started",
        Stage.FirstCommits => "at its first commits",
        Stage.Load => "under load",
        Stage.Outage => "while the server was gone",
        _ => "when the server had come back",
    };

    private void Say(FormattableString text) =>
        progress.WriteLine($"{FormattableString.Invariant($"{Stopwatch.GetElapsedTime(_begin).TotalSeconds,7:0.0} s")}  {text.ToString(System.Globalization.CultureInfo.InvariantCulture)}");
}
