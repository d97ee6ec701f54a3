using RabbitMQ.Client.Exceptions;

namespace Protean.Brokers.RabbitMq;

/// <summary>The dead letters of a group; without the group there are none to ask for. Everything happens on a channel of its own: what was looked at stays when that ends.</summary>
internal sealed class DeadLetterQueue(string group, string broker)
{
    private static readonly CreateChannelOptions _confirmed = new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true);

    private readonly string _queue = GroupTopology.Dead(group);

    public async ValueTask<int> CountAsync(Session session, CancellationToken cancellationToken)
    {
        await using var channel = await session.OpenChannelAsync(options: null, cancellationToken).ConfigureAwait(false);
        return await CountAsync(channel, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<IReadOnlyList<BrokerMessage>> ReadAsync(Session session, int maxCount, CancellationToken cancellationToken)
    {
        await using var channel = await session.OpenChannelAsync(options: null, cancellationToken).ConfigureAwait(false);
        List<BrokerMessage> read = [];
        ulong last = 0;
        for (var left = Math.Min(maxCount, await CountAsync(channel, cancellationToken).ConfigureAwait(false)); left > 0; left--)
        {
            if (await channel.BasicGetAsync(_queue, autoAck: false, cancellationToken).ConfigureAwait(false) is not { } letter)
                break;
            read.Add(Message(letter));
            last = letter.DeliveryTag;
        }

        // The end of the channel would give them back, too, but takes its time.
        if (read.Count > 0)
        {
            await channel.BasicNackAsync(last, multiple: true, requeue: true, cancellationToken).ConfigureAwait(false);
            await channel.CloseAsync(cancellationToken).ConfigureAwait(false);
        }

        return read;
    }

    public async ValueTask<int> RequeueAsync(Session session, int maxCount, CancellationToken cancellationToken)
    {
        await using var channel = await session.OpenChannelAsync(_confirmed, cancellationToken).ConfigureAwait(false);
        // Those that are rejected again meanwhile would otherwise come round and round.
        var count = Math.Min(maxCount, await CountAsync(channel, cancellationToken).ConfigureAwait(false));
        for (var done = 0; done < count; done++)
        {
            if (await channel.BasicGetAsync(_queue, autoAck: false, cancellationToken).ConfigureAwait(false) is not { } letter)
                return done;
            await PutBackAsync(channel, letter, cancellationToken).ConfigureAwait(false);
            await channel.BasicAckAsync(letter.DeliveryTag, multiple: false, cancellationToken).ConfigureAwait(false);
        }

        return count;
    }

    /// <summary>Puts a letter behind what waits in the queue it came from. It is confirmed there before it leaves the dead letters.</summary>
    private async ValueTask PutBackAsync(IChannel channel, BasicGetResult letter, CancellationToken cancellationToken)
    {
        var message = Message(letter);
        var properties = MessageProperties.Write(message);
        properties.Headers![MessageHeaders.Topic] = message.Topic;
        var queue = MessageHeaders.Text(letter.BasicProperties.Headers, MessageHeaders.FirstDeathQueue) ?? GroupTopology.Queue(group, 0);
        await channel.BasicPublishAsync("", queue, mandatory: true, properties, message.Body, cancellationToken).ConfigureAwait(false);
    }

    private static BrokerMessage Message(BasicGetResult letter)
    {
        var exchange = MessageHeaders.Text(letter.BasicProperties.Headers, MessageHeaders.FirstDeathExchange) ?? "";
        return MessageProperties.Read(exchange, letter.RoutingKey, letter.BasicProperties, letter.Body);
    }

    private async ValueTask<int> CountAsync(IChannel channel, CancellationToken cancellationToken)
    {
        try
        {
            return (int)Math.Min(int.MaxValue, (await channel.QueueDeclarePassiveAsync(_queue, cancellationToken).ConfigureAwait(false)).MessageCount);
        }
        catch (OperationInterruptedException error) when (error.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            throw BrokerNames.NoGroup(group, broker);
        }
    }
}
