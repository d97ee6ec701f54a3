using System.Diagnostics;
using Protean.Benchmarks.Chaos.Deliveries.Judging;
using Protean.Benchmarks.Chaos.Deliveries.Running;
using Protean.Benchmarks.Chaos.Notifications.Domains;
using Protean.Benchmarks.Chaos.Notifications.Judging;
using Protean.Benchmarks.Chaos.Notifications.Workers;
using Protean.Benchmarks.Chaos.Running;
using Protean.Benchmarks.Chaos.Stores;
using Protean.Brokers.TestServer;
using Protean.EventStore.TestServer;

namespace Protean.Benchmarks.Chaos.Notifications.Running;

/// <summary>What was asked for.</summary>
/// <param name="Notifications">How many notifications are sent.</param>
/// <param name="Kills">How many workers are killed.</param>
/// <param name="Store">On which store both domains are.</param>
/// <param name="RabbitMq">The broker to use; nothing for a private one.</param>
/// <param name="Seed">What the choices are drawn from.</param>
internal sealed record BrokerRunOptions(int Notifications, int Kills, StoreChoice Store, string? RabbitMq, int Seed);

/// <summary>Kills those who send and receive notifications, and restarts the broker meanwhile; checks afterwards what came through, and what it has led to.</summary>
internal static class BrokerRun
{
    private const int OfEachKind = 2;
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(180);

    public static async Task<int> RunAsync(BrokerRunOptions options, CancellationToken cancellationToken)
    {
        var begin = Stopwatch.GetTimestamp();
        await using var broker = await BrokerVenue.OpenAsync(options.RabbitMq, cancellationToken);
        await using var venue = await Venue.OpenAsync(
            options.Store,
            async (store, cancellation) =>
            {
                await ShopDomain.PrepareAsync(store, broker.Address, cancellation);
                await AccountsDomain.PrepareAsync(AccountsOf(store), broker.Address, cancellation);
            },
            cancellationToken);
        var (shop, accounts) = (venue.Address, AccountsOf(venue.Address));
        await Console.Error.WriteLineAsync($"{venue.Description}; {broker.Description}; {options.Notifications} notifications; seed {options.Seed}");
        await using var observer = new Observer(broker.Address);
        await using var counter = new Counter(shop, accounts, broker.Address, observer);
        await using var cluster = new Cluster(
            [
                .. Enumerable.Repeat(new Post(SenderRole.Name, shop, Feeds: true, broker.Address), OfEachKind),
                .. Enumerable.Repeat(new Post(ReceiverRole.Name, accounts, Feeds: false, broker.Address), OfEachKind),
            ],
            options.Seed);
        var random = new Random(options.Seed);
        var surroundings = new BrokerSurroundings(cluster, observer, counter, broker, venue.Server, options.Notifications);
        var disturbances = new Disturbances(cluster, surroundings, random, Console.Error);
        var failure = await TryAsync(async () =>
        {
            cluster.Start();
            await disturbances.RunAsync(Stages.Plan(options.Kills, restarts: broker.Server is not null, random), cancellationToken);
            await cluster.QuietAsync(cancellationToken);
            await counter.CloseAsync(_patience, cancellationToken);
            broker.Stream ??= await counter.StreamAsync(cancellationToken);
            await cluster.StopAsync(cancellationToken);
        });

        await cluster.DisposeAsync();
        var (passage, findings) = await PassageReader.ReadAsync(shop, accounts, broker.Address, observer.Arrived, cluster.Brought, cancellationToken);
        IReadOnlySet<DeadDelivery> dead = await counter.DeadAsync(cancellationToken);
        var report = new BrokerReport(options, disturbances, surroundings, cluster, passage, PassageJudgement.Of(passage, dead, findings), dead.Count, failure, Stopwatch.GetElapsedTime(begin));
        if (!report.IsPassed)
            await cluster.ComplainAsync(Console.Error);
        report.Write(Console.Out);
        return report.IsPassed ? ExitCodes.Done : ExitCodes.Failed;
    }

    private static StoreAddress AccountsOf(StoreAddress shop) => shop.Beside(AccountsDomain.Name);

    private static async Task<string?> TryAsync(Func<Task> run)
    {
        try
        {
            await run();
            return null;
        }
        catch (Exception error) when (error is ChaosFailure or PostgresServerException or RabbitMqServerException or ProteanException)
        {
            return error.Message;
        }
    }
}
