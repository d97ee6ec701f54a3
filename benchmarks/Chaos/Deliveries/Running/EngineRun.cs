using System.Diagnostics;
using Protean.Benchmarks.Chaos.Deliveries.Books;
using Protean.Benchmarks.Chaos.Deliveries.Workers;
using Protean.Benchmarks.Chaos.Running;
using Protean.EventStore.TestServer;

namespace Protean.Benchmarks.Chaos.Deliveries.Running;

/// <summary>What was asked for.</summary>
internal sealed record EngineRunOptions(int Kills, int Nodes, StoreChoice Store, int Seed);

/// <summary>Kills nodes while they deliver, and checks afterwards that their handlers have left behind exactly what the log says.</summary>
internal static class EngineRun
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(120);

    public static async Task<int> RunAsync(EngineRunOptions options, CancellationToken cancellationToken)
    {
        var begin = Stopwatch.GetTimestamp();
        await using var venue = await Venue.OpenAsync(options.Store, BooksDomain.PrepareAsync, cancellationToken);
        await Console.Error.WriteLineAsync($"{venue.Description}; {options.Nodes} nodes; seed {options.Seed}");
        await using var overseer = new Overseer(venue.Address);
        await using var cluster = new Cluster([.. Enumerable.Repeat(new Post(NodeRole.Name, venue.Address, Feeds: true), options.Nodes)], options.Seed);
        var random = new Random(options.Seed);
        var disturbances = new Disturbances(cluster, new EngineSurroundings(overseer, venue.Server), random, Console.Error);
        string? failure = null;
        try
        {
            cluster.Start();
            await disturbances.RunAsync(Stages.Plan(options.Kills, restarts: venue.Server is not null, random), cancellationToken);
            await cluster.QuietAsync(cancellationToken);
            await overseer.SettleAsync(_patience, cancellationToken);
            await cluster.StopAsync(cancellationToken);
        }
        catch (Exception error) when (error is ChaosFailure or PostgresServerException or ProteanException)
        {
            failure = error.Message;
        }

        await cluster.DisposeAsync();
        var done = await WorkReader.ReadAsync(venue.Address, cancellationToken);
        var report = new EngineReport(options, disturbances, cluster.Takeovers, done, overseer.Dead, failure, Stopwatch.GetElapsedTime(begin));
        if (!report.IsPassed)
            await cluster.ComplainAsync(Console.Error);
        report.Write(Console.Out);
        return report.IsPassed ? ExitCodes.Done : ExitCodes.Failed;
    }
}
