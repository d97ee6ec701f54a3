using RabbitMQ.Client.Events;

namespace Protean.Brokers.RabbitMq;

/// <summary>The way a message has come.</summary>
internal readonly record struct Route(string Exchange, string Key);

/// <summary>Hands on what the driver gets from the server.</summary>
internal sealed class Inflow(IChannel channel, Func<ulong, BrokerMessage, int, Route, ValueTask> deliver, Action<string, bool> lose) : AsyncDefaultBasicConsumer(channel)
{
    public override async Task HandleBasicDeliverAsync(
        string consumerTag, ulong deliveryTag, bool redelivered, string exchange, string routingKey, IReadOnlyBasicProperties properties, ReadOnlyMemory<byte> body,
        CancellationToken cancellationToken = default) =>
        await deliver(deliveryTag, MessageProperties.Read(exchange, routingKey, properties, body), MessageProperties.AttemptOf(properties, redelivered), new(exchange, routingKey)).ConfigureAwait(false);

    public override Task HandleBasicCancelAsync(string consumerTag, CancellationToken cancellationToken = default)
    {
        lose("the server has ended the consumer: its queue was removed, or has moved", false);
        return Task.CompletedTask;
    }

    public override Task HandleChannelShutdownAsync(object channel, ShutdownEventArgs reason)
    {
        lose(RabbitMqFaults.Explain(reason), reason.Initiator == ShutdownInitiator.Application);
        return Task.CompletedTask;
    }
}
