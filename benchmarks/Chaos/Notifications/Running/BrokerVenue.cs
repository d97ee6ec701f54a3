using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Protean.Benchmarks.Chaos.Notifications.Domains;
using Protean.Benchmarks.Chaos.Workers;
using Protean.Brokers;
using Protean.Brokers.RabbitMq;
using Protean.Brokers.TestServer;
using RabbitMQ.Client;

namespace Protean.Benchmarks.Chaos.Notifications.Running;

/// <summary>The broker of a run: a server of its own, or names of its own on a server that was named. Nothing of it is left.</summary>
internal sealed class BrokerVenue : IAsyncDisposable
{
    private BrokerVenue(string uri, RabbitMqServer? server)
    {
        Address = new(uri, $"chaos_{RandomNumberGenerator.GetHexString(12, lowercase: true)}");
        Server = server;
    }

    public BrokerAddress Address { get; }

    public string Description => Server is null ? "RabbitMQ as named" : "a private RabbitMQ server";

    /// <summary>The server, if it is this run's own to stop and start.</summary>
    public RabbitMqServer? Server { get; }

    /// <param name="named">The server to use; nothing for a private one.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public static async Task<BrokerVenue> OpenAsync(string? named, CancellationToken cancellationToken)
    {
        var server = named is null ? await RabbitMqServer.StartAsync(cancellationToken: cancellationToken) : null;
        var venue = new BrokerVenue(named ?? server!.Uri, server);
        try
        {
            // Before anybody publishes: what no group waits for is dropped.
            await using var broker = new RabbitMqBroker(new() { Uri = venue.Address.Uri });
            await broker.DeclareAsync(venue.Address.Accounts, cancellationToken);
            await broker.DeclareAsync(venue.Address.Observer, cancellationToken);
            return venue;
        }
        catch
        {
            await venue.DisposeAsync();
            throw;
        }
    }

    /// <summary>The group of the handler that the broker feeds, as soon as its name is known.</summary>
    public BrokerGroup? Stream { get; set; }

    public ValueTask DisposeAsync() => Server?.DisposeAsync() ?? new(RemoveAsync());

    /// <summary>Waits until the private server would know its queues again after a kill.</summary>
    public Task WaitUntilNotedAsync(CancellationToken cancellationToken) =>
        Server!.WaitUntilNotedAsync([.. new[] { Address.Accounts, Address.Observer, Stream }.OfType<BrokerGroup>().SelectMany(group => QueuesOf(group).Append($"{group.Name}.dead"))], cancellationToken);

    /// <summary>Throws away what waits in the queues of the handler that the broker feeds, and that nobody has been given.</summary>
    /// <param name="stream">The group of the handler.</param>
    /// <param name="patience">How long it may take until something is there.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>How many messages were thrown away.</returns>
    public async Task<long> EmptyStreamAsync(BrokerGroup stream, TimeSpan patience, CancellationToken cancellationToken)
    {
        await using var connection = await ConnectAsync();
        await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
        var thrown = 0L;
        for (var begin = Stopwatch.GetTimestamp(); thrown == 0 && Stopwatch.GetElapsedTime(begin) < patience;)
        {
            await Task.Delay(Patience.Pause, cancellationToken);
            foreach (var queue in QueuesOf(stream))
                thrown += await channel.QueuePurgeAsync(queue, cancellationToken);
        }

        return thrown;
    }

    private static IEnumerable<string> QueuesOf(BrokerGroup group) =>
        Enumerable.Range(0, group.Partitions).Select(partition => string.Create(CultureInfo.InvariantCulture, $"{group.Name}.{partition}"));

    private Task<IConnection> ConnectAsync() => new ConnectionFactory { Uri = new(Address.Uri) }.CreateConnectionAsync();

    private async Task RemoveAsync()
    {
        await using var connection = await ConnectAsync();
        await using var channel = await connection.CreateChannelAsync();
        foreach (var group in new[] { Address.Accounts, Address.Observer, Stream }.OfType<BrokerGroup>())
        {
            foreach (var queue in QueuesOf(group))
                await channel.QueueDeleteAsync(queue);
            await channel.QueueDeleteAsync($"{group.Name}.dead");
            await channel.ExchangeDeleteAsync($"{group.Name}.dead");
        }

        await channel.ExchangeDeleteAsync(Address.Prefix);
        if (Stream is { } stream)
            await channel.ExchangeDeleteAsync(stream.Name.Split('.')[0]);
    }
}
