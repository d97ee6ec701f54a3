namespace Protean.Brokers.RabbitMq;

/// <summary>Consumes one queue on a channel of its own. It is lost with its channel, and not replaced: what it has not settled comes again to the next one.</summary>
internal sealed class QueueConsumer : IBrokerConsumer
{
    // Tags count from 1 on each channel. What another consumer was given must not be taken for ours.
    private const int TagBits = 40;
    private static int _consumers;

    private readonly SemaphoreSlim _settling = new(1);
    private readonly SettledTags _settled = new();
    private readonly DeliveryBuffer _buffer = new();
    private readonly HashSet<string> _unheard = [];
    private readonly ulong _number = (ulong)(Interlocked.Increment(ref _consumers) & ((1 << (64 - TagBits)) - 1)) << TagBits;
    private readonly ConsumerSource _source;
    private readonly Session _session;
    private readonly IChannel _channel;
    private int _isDisposed;

    private QueueConsumer(ConsumerSource source, Session session, IChannel channel)
    {
        _source = source;
        _session = session;
        _channel = channel;
    }

    public static async ValueTask<QueueConsumer> StartAsync(ConsumerSource source, Session session, CancellationToken cancellationToken)
    {
        var channel = await session.OpenChannelAsync(options: null, cancellationToken).ConfigureAwait(false);
        var consumer = new QueueConsumer(source, session, channel);
        try
        {
            await channel.BasicQosAsync(0, (ushort)source.Group.Prefetch, global: false, cancellationToken).ConfigureAwait(false);
            var inflow = new Inflow(channel, consumer.DeliverAsync, consumer.Lose);
            await channel.BasicConsumeAsync(source.Queue, autoAck: false, consumerTag: "", noLocal: false, exclusive: false, arguments: null, inflow, cancellationToken).ConfigureAwait(false);
            return consumer;
        }
        catch
        {
            session.Forget();
            await channel.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public ValueTask<IReadOnlyList<BrokerDelivery>> ReceiveAsync(int maxCount, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxCount, 1);
        return _buffer.TakeAsync(maxCount, cancellationToken);
    }

    public ValueTask AcknowledgeAsync(IReadOnlyList<BrokerDelivery> deliveries, CancellationToken cancellationToken = default) =>
        SettleAsync(deliveries, AcknowledgeAsync, cancellationToken);

    /// <summary>
    /// They stay on this channel, unsettled for the server, and come again from here: it could put them back only behind what it has sent meanwhile. If the consumer is lost
    /// they come again from the server.
    /// </summary>
    public ValueTask ReturnAsync(IReadOnlyList<BrokerDelivery> deliveries, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(deliveries);
        cancellationToken.ThrowIfCancellationRequested();
        _buffer.Return(deliveries);
        return ValueTask.CompletedTask;
    }

    public ValueTask RejectAsync(IReadOnlyList<BrokerDelivery> deliveries, CancellationToken cancellationToken = default) =>
        SettleAsync(deliveries, RejectAsync, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        _ = _buffer.TryEnd(static () => new ObjectDisposedException(nameof(IBrokerConsumer)));
        // Also when it is lost: its channel may still hold what the next one waits for.
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
            await _source.CloseAsync(_channel).ConfigureAwait(false);
    }

    private async ValueTask SettleAsync(IReadOnlyList<BrokerDelivery> deliveries, Func<List<ulong>, ValueTask> settle, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(deliveries);
        cancellationToken.ThrowIfCancellationRequested();
        var tags = _buffer.Release(deliveries);
        for (var i = 0; i < tags.Count; i++)
            tags[i] -= _number;
        await SettleAsync(tags, settle).ConfigureAwait(false);
    }

    /// <summary>One after the other: what is acknowledged with one word must not be settled again on the side; the server ends the channel over that.</summary>
    private async ValueTask SettleAsync(List<ulong> tags, Func<List<ulong>, ValueTask> settle)
    {
        await _settling.WaitAsync().ConfigureAwait(false);
        try
        {
            await settle(tags).ConfigureAwait(false);
            foreach (var tag in tags)
                _settled.Add(tag);
        }
        catch (Exception error) when (RabbitMqFaults.IsFault(error) || error is ObjectDisposedException)
        {
            // Some of them are not settled, and it is no longer known which.
            Lose(error.Message, isMeant: false);
            throw _source.Unavailable(error.Message, error);
        }
        finally
        {
            _settling.Release();
        }
    }

    private async ValueTask AcknowledgeAsync(List<ulong> tags)
    {
        var oldest = _settled.CountOldest(tags);
        if (oldest > 0)
            await _channel.BasicAckAsync(tags[oldest - 1], multiple: oldest > 1).ConfigureAwait(false);
        for (var i = oldest; i < tags.Count; i++)
            await _channel.BasicAckAsync(tags[i], multiple: false).ConfigureAwait(false);
    }

    private async ValueTask RejectAsync(List<ulong> tags)
    {
        foreach (var tag in tags)
            await _channel.BasicRejectAsync(tag, requeue: false).ConfigureAwait(false);
    }

    private async ValueTask DeliverAsync(ulong tag, BrokerMessage message, int attempt, Route route)
    {
        if (_source.Hears(message, route.Exchange))
        {
            _buffer.Add(new(message, attempt, _number + tag));
            return;
        }

        if (_source.IsTooMuch(message, route.Key))
        {
            RabbitMqLog.TooMuch(_source.Logger, message.Topic, _source.Queue);
            await SettleAsync([tag], AcknowledgeAsync).ConfigureAwait(false);
            return;
        }

        // Another version of the program listens to it, or has: it is for that one to say that nobody wants it.
        if (_unheard.Add(message.Topic))
            RabbitMqLog.NotHeard(_source.Logger, message.Topic, _source.Queue);
        await SettleAsync([tag], RejectAsync).ConfigureAwait(false);
    }

    private void Lose(string reason, bool isMeant)
    {
        // First: whoever is told comes back for a new consumer at once.
        _session.Forget();
        if (_buffer.TryEnd(() => _source.Unavailable(reason)) && !isMeant)
            RabbitMqLog.ConsumerLost(_source.Logger, _source.Queue, reason);
    }
}
