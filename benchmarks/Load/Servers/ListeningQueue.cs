using System.Security.Cryptography;
using System.Threading.Channels;
using Protean.Benchmarks.Load.Floors;
using Protean.Brokers.RabbitMq;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Protean.Benchmarks.Load.Servers;

/// <summary>A durable quorum queue, declared as of any group of the broker, on an exchange of its own.</summary>
internal sealed class ListeningQueue : IAsyncDisposable
{
    private const string Name = "money_received";

    private readonly string _group;
    private readonly IConnection _connection;
    private readonly IChannel _channel;

    private ListeningQueue(string exchange, IConnection connection, IChannel channel)
    {
        Exchange = exchange;
        _group = $"{exchange}.bank";
        _connection = connection;
        _channel = channel;
    }

    /// <summary>What is published to.</summary>
    public string Exchange { get; }

    /// <summary>What notifications are published under, so that they come here.</summary>
    public string Topic => $"{Exchange}.{Name}";

    private string Queue => $"{_group}.0";

    private string Dead => $"{_group}.dead";

    public static async Task<ListeningQueue> CreateAsync(string uri, CancellationToken cancellationToken)
    {
        var connection = await new ConnectionFactory { Uri = new(uri) }.CreateConnectionAsync(cancellationToken);
        var queue = new ListeningQueue($"load_{RandomNumberGenerator.GetHexString(12, lowercase: true)}", connection, await connection.CreateChannelAsync(cancellationToken: cancellationToken));
        try
        {
            await using var broker = new RabbitMqBroker(new() { Uri = uri });
            await broker.DeclareAsync(new() { Name = queue._group, Topics = [queue.Topic] }, cancellationToken);
            return queue;
        }
        catch
        {
            await queue.DisposeAsync();
            throw;
        }
    }

    /// <summary>Takes so many messages out of it.</summary>
    public async Task<IReadOnlyList<Outgoing>> TakeAsync(int count, CancellationToken cancellationToken)
    {
        var arrived = Channel.CreateUnbounded<Outgoing>();
        var consumer = new AsyncEventingBasicConsumer(_channel);
        consumer.ReceivedAsync += (_, delivery) =>
        {
            // The driver takes its memory back.
            arrived.Writer.TryWrite(new(delivery.RoutingKey, new(delivery.BasicProperties), delivery.Body.ToArray()));
            return Task.CompletedTask;
        };
        var tag = await _channel.BasicConsumeAsync(Queue, autoAck: true, consumer, cancellationToken);
        List<Outgoing> taken = new(count);
        while (taken.Count < count)
            taken.Add(await arrived.Reader.ReadAsync(cancellationToken));
        await _channel.BasicCancelAsync(tag, cancellationToken: cancellationToken);
        return taken;
    }

    /// <summary>Empties it.</summary>
    /// <returns>How many messages were there, which the queue itself has counted; what the server says of a quorum queue otherwise lags behind.</returns>
    public async Task<long> EmptyAsync(CancellationToken cancellationToken) => await _channel.QueuePurgeAsync(Queue, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _channel.QueueDeleteAsync(Queue);
        await _channel.QueueDeleteAsync(Dead);
        await _channel.ExchangeDeleteAsync(Dead);
        await _channel.ExchangeDeleteAsync(Exchange);
        await _channel.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
