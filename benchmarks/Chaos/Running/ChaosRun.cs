using System.Diagnostics;
using Protean.Benchmarks.Chaos.Histories;
using Protean.Benchmarks.Chaos.Judging;
using Protean.Benchmarks.Chaos.Stores;
using Protean.EventStore.TestServer;

namespace Protean.Benchmarks.Chaos.Running;

/// <summary>What was asked for.</summary>
internal sealed record ChaosOptions(int Kills, StoreChoice Store, int Seed);

/// <summary>Kills workers while they commit, and checks afterwards what has become of their commits.</summary>
internal static class ChaosRun
{
    private static readonly TimeSpan _readerPatience = TimeSpan.FromSeconds(120);

    public static async Task<int> RunAsync(ChaosOptions options, CancellationToken cancellationToken)
    {
        var begin = Stopwatch.GetTimestamp();
        await using var venue = await Venue.OpenAsync(options.Store, PrepareAsync, cancellationToken);
        await Console.Error.WriteLineAsync($"{venue.Description}; seed {options.Seed}");
        await using var reader = new LogReader(options.Seed, venue.Address);
        await using var crew = new Crew(venue.Address, options.Seed);
        var random = new Random(options.Seed);
        var killing = new Killing(crew, venue.Server, random, Console.Error);
        var failure = await TryAsync(async () =>
        {
            crew.Start();
            await killing.RunAsync(Stages.Plan(options.Kills, restarts: venue.Server is not null, random), cancellationToken);
            await crew.StopAsync(cancellationToken);
        });

        // After a failure some may still work; what they have done by now counts all the same, and the reader is to meet it.
        await crew.DisposeAsync();
        var readerFailure = await TryAsync(() => reader.Child.StopAsync(_readerPatience, cancellationToken));
        await reader.DisposeAsync();
        var commitments = crew.Commitments;
        var contents = await ContentsReader.ReadAsync(venue.Address, Keys(commitments), cancellationToken);
        var report = new Report(options, killing, Tally.Of(commitments, contents), Judgement.Of(commitments, reader.Met, contents), failure ?? readerFailure, Stopwatch.GetElapsedTime(begin));
        report.Write(Console.Out);
        return report.IsPassed ? ExitCodes.Done : ExitCodes.Failed;
    }

    private static async Task PrepareAsync(StoreAddress address, CancellationToken cancellationToken)
    {
        await using var store = address.Open();
        await StoreAddress.InitializeAsync(store, cancellationToken);
        await new UserRows(address).CreateAsync(store, cancellationToken);
    }

    private static async Task<string?> TryAsync(Func<Task> run)
    {
        try
        {
            await run();
            return null;
        }
        catch (Exception error) when (error is ChaosFailure or PostgresServerException)
        {
            return error.Message;
        }
    }

    private static HashSet<string> Keys(IEnumerable<Commitment> commitments) =>
        [.. commitments.Select(static commitment => commitment.Attempt.Key).OfType<string>()];
}
