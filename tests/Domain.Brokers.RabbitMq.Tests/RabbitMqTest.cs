using System.Text;
using Protean.Brokers.TestServer;
using Protean.EventStore.TestServer;
using RabbitMQ.Client;
using Xunit;

namespace Protean.Brokers.RabbitMq.Tests;

/// <summary>One after the other: a test that stops the server must not stop it for another.</summary>
[CollectionDefinition(Name)]
public sealed class OneServer
{
    public const string Name = "One server";
}

/// <summary>A test with topics and groups of its own, on the server of all.</summary>
[Collection(OneServer.Name)]
public abstract class RabbitMqTest : IAsyncDisposable
{
    protected const int Patience = 60_000;

    private readonly List<IAsyncDisposable> _opened = [];
    private readonly string _own = Guid.NewGuid().ToString("n")[..12];

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    protected string Shop => $"shop{_own}";

    internal LogRecorder Log { get; } = new();

    public virtual async ValueTask DisposeAsync()
    {
        foreach (var opened in Enumerable.Reverse(_opened))
            await opened.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected T Opened<T>(T opened)
        where T : IAsyncDisposable
    {
        _opened.Add(opened);
        return opened;
    }

    protected async Task<RabbitMqBroker> OpenAsync(Action<RabbitMqOptions>? configure = null, TimeProvider? time = null)
    {
        var options = new RabbitMqOptions { Uri = await TestRabbitMq.Shared.UriAsync(Cancellation) };
        configure?.Invoke(options);
        return Opened(new RabbitMqBroker(options, time, Log));
    }

    /// <summary>A proxy in front of the server.</summary>
    protected async Task<TcpProxy> StartProxyAsync()
    {
        var server = new Uri(await TestRabbitMq.Shared.UriAsync(Cancellation));
        return Opened(TcpProxy.Start(new System.Net.DnsEndPoint(server.Host, server.Port)));
    }

    protected Task<RabbitMqBroker> OpenThroughAsync(TcpProxy proxy, Action<RabbitMqOptions>? configure = null, TimeProvider? time = null) => OpenAsync(
        options =>
        {
            options.Uri = new UriBuilder(options.Uri) { Host = "127.0.0.1", Port = proxy.Port }.Uri.OriginalString;
            configure?.Invoke(options);
        },
        time);

    /// <summary>A channel of the driver itself, as a stranger has it.</summary>
    protected async Task<IChannel> OpenRawAsync()
    {
        var connection = Opened(await new ConnectionFactory { Uri = new(await TestRabbitMq.Shared.UriAsync(Cancellation)) }.CreateConnectionAsync(Cancellation));
        return Opened(await connection.CreateChannelAsync(cancellationToken: Cancellation));
    }

    protected BrokerGroup Group(string name = "g", params string[] topics) => new() { Name = $"{name}.{_own}", Topics = topics.Length == 0 ? [$"{Shop}.paid"] : topics };

    protected BrokerMessage Message(string id, string key = "k", string? topic = null) =>
        new() { Id = id, Topic = topic ?? $"{Shop}.paid", Key = key, Body = Encoding.UTF8.GetBytes($"body of {id}") };

    protected async Task<IBrokerConsumer> ConsumeAsync(IBroker broker, BrokerGroup? group = null, int partition = 0) =>
        Opened(await broker.ConsumeAsync(group ?? Group(), partition, Cancellation));

    /// <summary>Receives so many, and settles none.</summary>
    protected static async Task<IReadOnlyList<BrokerDelivery>> ReceiveAsync(IBrokerConsumer consumer, int count)
    {
        List<BrokerDelivery> got = [];
        while (got.Count < count)
            got.AddRange(await consumer.ReceiveAsync(count - got.Count, Cancellation));
        return got;
    }

    /// <summary>Receives so many, and acknowledges them.</summary>
    protected static async Task<string[]> TakeAsync(IBrokerConsumer consumer, int count)
    {
        var got = await ReceiveAsync(consumer, count);
        await consumer.AcknowledgeAsync(got, Cancellation);
        return [.. got.Select(d => d.Message.Id)];
    }

    /// <summary>Asks again until something holds that the server tells no one.</summary>
    protected static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        while (!await holds())
            await timer.WaitForNextTickAsync(Cancellation);
    }
}
