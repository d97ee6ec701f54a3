using RabbitMQ.Client.Exceptions;

namespace Protean.Brokers.RabbitMq;

/// <summary>A channel that takes one batch at a time, and so keeps its order.</summary>
internal sealed class PublishChannel : IAsyncDisposable
{
    // The batch is what bounds how many are not confirmed.
    private static readonly CreateChannelOptions _options = new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: false);

    private readonly Session _session;
    private readonly IChannel _channel;
    private readonly Confirms _confirms = new();

    private PublishChannel(Session session, IChannel channel)
    {
        _session = session;
        _channel = channel;
        channel.BasicAcksAsync += (_, ack) => Answer(ack.DeliveryTag, ack.Multiple, accepted: true);
        channel.BasicNacksAsync += (_, nack) => Answer(nack.DeliveryTag, nack.Multiple, accepted: false);
        channel.ChannelShutdownAsync += (_, shutdown) =>
        {
            _confirms.Lose(new OperationInterruptedException(shutdown));
            return Task.CompletedTask;
        };
    }

    public static async ValueTask<PublishChannel> OpenAsync(Session session, CancellationToken cancellationToken) =>
        new(session, await session.OpenChannelAsync(_options, cancellationToken).ConfigureAwait(false));

    /// <summary>How many messages the server has not answered for.</summary>
    public int Open => _confirms.Open;

    /// <summary>Whether it can take a batch of this session.</summary>
    public bool IsOf(Session session) => ReferenceEquals(_session, session) && _channel.IsOpen;

    /// <summary>Publishes everything, and then waits for what the server says.</summary>
    /// <returns>The places of those it has refused.</returns>
    public async ValueTask<IReadOnlyList<int>> PublishAsync(IReadOnlyList<BrokerMessage> messages, CancellationToken cancellationToken)
    {
        var all = _confirms.Begin(messages.Count);
        foreach (var message in messages)
        {
            await _channel.BasicPublishAsync(
                Routing.DomainOf(message.Topic).ToString(), Routing.KeyOf(message), mandatory: false, MessageProperties.Write(message), message.Body, cancellationToken).ConfigureAwait(false);
        }

        await all.WaitAsync(cancellationToken).ConfigureAwait(false);
        return _confirms.Refused;
    }

    /// <summary>Ends a channel on which something went wrong; nobody has to wait for it. An exchange that is gone ends the channel that publishes to it.</summary>
    public async Task DropAsync()
    {
        _session.Forget();
        try
        {
            await DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (RabbitMqFaults.IsFault(error) || error is ObjectDisposedException)
        {
        }
    }

    public ValueTask DisposeAsync() => _channel.DisposeAsync();

    private Task Answer(ulong number, bool andAllBefore, bool accepted)
    {
        _confirms.Answer(number, andAllBefore, accepted);
        return Task.CompletedTask;
    }
}
