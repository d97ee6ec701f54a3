using System.Collections.Concurrent;

namespace Protean.Brokers.RabbitMq;

/// <summary>Publishes batches, each on a channel that no other uses meanwhile. One on which something went wrong is not used again.</summary>
internal sealed class Publisher(RabbitMqOptions options, AmqpAddress address, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private readonly SemaphoreSlim _places = new(options.PublishChannels);
    private readonly ConcurrentBag<PublishChannel> _idle = [];

    public async ValueTask<IReadOnlyList<PublishRefusal>> PublishAsync(Session session, IReadOnlyList<BrokerMessage> messages, CancellationToken cancellationToken)
    {
        List<PublishRefusal> refusals = [];
        var (places, fit) = Sort(messages, refusals);
        if (fit.Count == 0)
            return refusals;
        foreach (var index in await PublishFitAsync(session, fit, cancellationToken).ConfigureAwait(false))
            refusals.Add(new(places[index], "a queue of the server has refused it, as one does that is full"));
        refusals.Sort(static (a, b) => a.Index.CompareTo(b.Index));
        return refusals;
    }

    public async ValueTask DisposeAsync()
    {
        while (_idle.TryTake(out var channel))
            await channel.DisposeAsync().ConfigureAwait(false);
    }

    private (List<int> Places, List<BrokerMessage> Messages) Sort(IReadOnlyList<BrokerMessage> messages, List<PublishRefusal> refusals)
    {
        var places = new List<int>(messages.Count);
        var fit = new List<BrokerMessage>(messages.Count);
        for (var i = 0; i < messages.Count; i++)
        {
            if (MessageLimits.ProblemOf(messages[i], options.MaxMessageBytes) is { } problem)
            {
                refusals.Add(new(i, problem));
                continue;
            }

            places.Add(i);
            fit.Add(messages[i]);
        }

        return (places, fit);
    }

    private async ValueTask<IReadOnlyList<int>> PublishFitAsync(Session session, List<BrokerMessage> messages, CancellationToken cancellationToken)
    {
        await _places.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await DeclareAsync(session, messages, cancellationToken).ConfigureAwait(false);
            var channel = await TakeAsync(session, cancellationToken).ConfigureAwait(false);
            var isSound = false;
            try
            {
                var refused = await ConfirmedAsync(session, channel, messages, cancellationToken).ConfigureAwait(false);
                isSound = true;
                return refused;
            }
            finally
            {
                if (isSound)
                    _idle.Add(channel);
                else
                    _ = channel.DropAsync();
            }
        }
        finally
        {
            _places.Release();
        }
    }

    private async ValueTask<IReadOnlyList<int>> ConfirmedAsync(Session session, PublishChannel channel, List<BrokerMessage> messages, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.ConfirmTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await channel.PublishAsync(messages, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // Closing a channel of a connection that does not answer would take as long again.
            session.Drop();
            RabbitMqLog.NotConfirmed(logger, address, channel.Open, options.ConfirmTimeout);
            throw new TimeoutException($"it has not confirmed {channel.Open} of {messages.Count} messages within {options.ConfirmTimeout}");
        }
    }

    private static async ValueTask DeclareAsync(Session session, List<BrokerMessage> messages, CancellationToken cancellationToken)
    {
        var last = "";
        foreach (var message in messages)
        {
            if (Routing.DomainOf(message.Topic).SequenceEqual(last))
                continue;
            last = Routing.DomainOf(message.Topic).ToString();
            await session.DeclareAsync(last, last, GroupTopology.DeclareDomainAsync, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<PublishChannel> TakeAsync(Session session, CancellationToken cancellationToken)
    {
        while (_idle.TryTake(out var channel))
        {
            if (channel.IsOf(session))
                return channel;
            _ = channel.DropAsync();
        }

        return await PublishChannel.OpenAsync(session, cancellationToken).ConfigureAwait(false);
    }
}
