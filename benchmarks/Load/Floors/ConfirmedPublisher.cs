using RabbitMQ.Client;

namespace Protean.Benchmarks.Load.Floors;

/// <summary>
/// One kept channel with publisher confirms, which publishes a batch and waits until all of it is confirmed, and then the next. Confirms are counted here: the driver's own
/// tracking makes a task for each message and adds a header to it, which is slower.
/// </summary>
internal sealed class ConfirmedPublisher : IAsyncDisposable
{
    // As many as the relay reads of the log at once.
    private const int BatchSize = 1_000;

    private static readonly CreateChannelOptions _options = new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: false);

    private readonly IConnection _connection;
    private readonly IChannel _channel;
    private readonly Lock _gate = new();
    private TaskCompletionSource _confirmed = new();
    private bool[] _answered = [];
    private ulong _before;
    private int _low;
    private int _open;

    private ConfirmedPublisher(IConnection connection, IChannel channel)
    {
        _connection = connection;
        _channel = channel;
        channel.BasicAcksAsync += (_, ack) => Confirm(ack.DeliveryTag, ack.Multiple);
        channel.BasicNacksAsync += (_, _) => Fail("The server has refused a message.");
        channel.ChannelShutdownAsync += (_, shutdown) => Fail(shutdown.ReplyText);
    }

    public static async Task<ConfirmedPublisher> OpenAsync(string uri, CancellationToken cancellationToken)
    {
        var connection = await new ConnectionFactory { Uri = new(uri) }.CreateConnectionAsync(cancellationToken);
        return new(connection, await connection.CreateChannelAsync(_options, cancellationToken));
    }

    public async Task PublishAsync(string exchange, IEnumerable<Outgoing> messages, CancellationToken cancellationToken)
    {
        foreach (var batch in messages.Chunk(BatchSize))
        {
            var confirmed = Begin(batch.Length);
            foreach (var message in batch)
                await _channel.BasicPublishAsync(exchange, message.RoutingKey, mandatory: false, message.Properties, message.Body, cancellationToken);
            await confirmed.WaitAsync(cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _channel.DisposeAsync();
        await _connection.DisposeAsync();
    }

    private Task Begin(int count)
    {
        lock (_gate)
        {
            _before += (ulong)_answered.Length;
            _answered = new bool[count];
            _low = 0;
            _open = count;
            _confirmed = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return _confirmed.Task;
        }
    }

    private Task Confirm(ulong number, bool andAllBefore)
    {
        lock (_gate)
        {
            var place = (int)(number - _before) - 1;
            for (var i = andAllBefore ? _low : place; i <= place; i++)
            {
                if (_answered[i])
                    continue;
                _answered[i] = true;
                _open--;
            }

            if (andAllBefore)
                _low = place + 1;
            if (_open == 0)
                _confirmed.TrySetResult();
        }

        return Task.CompletedTask;
    }

    private Task Fail(string problem)
    {
        lock (_gate)
            _confirmed.TrySetException(new PublishFailure(problem));
        return Task.CompletedTask;
    }
}

/// <summary>The floor could not publish.</summary>
internal sealed class PublishFailure(string message) : Exception(message);
