using System.Runtime.InteropServices;
using Protean.Benchmarks.Chaos.Deliveries.Books;
using Protean.Benchmarks.Chaos.Stores;
using Protean.Benchmarks.Chaos.Workers;
using Protean.Engine;

namespace Protean.Benchmarks.Chaos.Deliveries.Workers;

/// <summary>
/// A process that feeds and delivers. It stops feeding when it is told to on its standard input, and ends as a host would when it gets SIGTERM; or
/// it is killed.
/// </summary>
internal static class NodeRole
{
    public const string Name = "node";

    private const int Feeders = 3;

    public static async Task<int> RunAsync(StoreAddress address, int number, int seed)
    {
        using var end = new CancellationTokenSource();
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            end.Cancel();
        });
        var quiet = Orders.Listen();
        using var feed = CancellationTokenSource.CreateLinkedTokenSource(quiet, end.Token);
        var voice = new Voice();
        voice.Say(new() { IsUp = true });
        using var log = new StandardErrorLog();
        await using var domain = BooksDomain.Create(address, log);
        await using var engine = new DomainEngine(domain, options =>
        {
            BooksDomain.Configure(options);
            options.Node = $"node-{number}";
        });
        try
        {
            await Patience.WithAsync(
                async () =>
                {
                    await engine.StartAsync(end.Token);
                    return true;
                },
                end.Token);
            var announcing = new Announcer(engine, voice).RunAsync(end.Token);
            var pace = new Pace(domain.Store);
            var watching = pace.WatchAsync(feed.Token);
            var feeders = Enumerable.Range(0, Feeders).Select(n => new Feeder(domain, pace, $"{number}.{n}", new(unchecked((seed * 397) ^ (n * 7919)))).RunAsync(feed.Token));
            await Task.WhenAll([watching, .. feeders]);
            voice.Say(new() { IsQuiet = true });
            await announcing;
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // It was told to end while it began.
        }

        await engine.StopAsync(CancellationToken.None);
        voice.Say(new() { Done = true });
        return ExitCodes.Done;
    }
}
