using Protean.Brokers;

namespace Protean.Engine;

/// <summary>
/// Takes what the broker brings to a partition, keeps it until it is handled and committed, and acknowledges it then. What comes twice, or late, is only acknowledged.
/// </summary>
internal sealed class StreamInflow : IAsyncDisposable
{
    private const int BatchSize = 500;

    private readonly EngineContext _engine;
    private readonly IBroker _broker;
    private readonly BrokerGroup _group;
    private readonly int _partition;
    private readonly string _handler;
    private readonly Backoff _backoff;
    private readonly CancellationTokenSource _end = new();
    private readonly Signal _arrived = new();
    private readonly Lock _gate = new();
    private readonly List<StreamedMessage> _waiting = [];
    private readonly List<(long Position, BrokerDelivery Delivery)> _unsettled = [];
    private readonly Task _pump;
    private IBrokerConsumer? _consumer;

    public StreamInflow(EngineContext engine, string handler, BrokerGroup group, int partition)
    {
        _engine = engine;
        _broker = engine.Domain.Broker!;
        _group = group;
        _partition = partition;
        _handler = handler;
        _backoff = engine.Backoff($"{handler}, partition {partition}, reading from the broker,");
        _pump = Task.Run(() => PumpAsync(_end.Token));
    }

    public bool IsAway => _backoff.IsFailing;

    /// <summary>Begins to wait for something to arrive. To be called before looking.</summary>
    public Task NextAsync()
    {
        _arrived.Reset();
        return _arrived.WaitAsync();
    }

    /// <summary>Copies what stands after a position.</summary>
    public void CopyAfter(long after, int maxCount, List<StreamedMessage> into)
    {
        lock (_gate)
        {
            for (var i = 0; i < _waiting.Count && into.Count < maxCount; i++)
            {
                if (_waiting[i].Message.GlobalPosition > after)
                    into.Add(_waiting[i]);
            }
        }
    }

    /// <summary>Whether something stands after a position.</summary>
    public bool HasAfter(long after)
    {
        lock (_gate)
            return _waiting.Count > 0 && _waiting[^1].Message.GlobalPosition > after;
    }

    /// <summary>Puts a message that was not to come here to the dead letters of the group.</summary>
    public async ValueTask RejectAsync(StreamedMessage streamed)
    {
        var position = streamed.Message.GlobalPosition;
        BrokerDelivery[] rejected;
        IBrokerConsumer? consumer;
        lock (_gate)
        {
            consumer = _consumer;
            _waiting.RemoveAll(w => w.Message.GlobalPosition == position);
            rejected = [.. _unsettled.Where(u => u.Position == position).Select(u => u.Delivery)];
            _unsettled.RemoveAll(u => u.Position == position);
        }

        if (consumer is not null && rejected.Length > 0)
            await SettleAsync(() => consumer.RejectAsync(rejected, CancellationToken.None)).ConfigureAwait(false);
    }

    /// <summary>Acknowledges what is handled.</summary>
    public async ValueTask HandledAsync(long committed)
    {
        List<BrokerDelivery> handled = [];
        IBrokerConsumer? consumer;
        lock (_gate)
        {
            consumer = _consumer;
            if (_waiting.Count > 0 && _waiting[0].Message.GlobalPosition <= committed)
                _waiting.RemoveAll(w => w.Message.GlobalPosition <= committed);
            if (_unsettled.Count == 0 || consumer is null)
                return;
            foreach (var (position, delivery) in _unsettled)
            {
                if (position <= committed)
                    handled.Add(delivery);
            }

            if (handled.Count == 0)
                return;
            _unsettled.RemoveAll(u => u.Position <= committed);
        }

        await SettleAsync(() => consumer.AcknowledgeAsync(handled, CancellationToken.None)).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        await _pump.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    private static async ValueTask SettleAsync(Func<ValueTask> settle)
    {
        try
        {
            await settle().ConfigureAwait(false);
        }
        catch (Exception error) when (error is BrokerUnavailableException or ObjectDisposedException)
        {
            // They come again, and are settled then.
        }
    }

    private async Task PumpAsync(CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            try
            {
                var consumer = await _broker.ConsumeAsync(_group, _partition, end).ConfigureAwait(false);
                await using (consumer.ConfigureAwait(false))
                {
                    lock (_gate)
                        _consumer = consumer;
                    _backoff.Reset();
                    while (true)
                        await TakeAsync(consumer, await consumer.ReceiveAsync(BatchSize, end).ConfigureAwait(false)).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException) when (end.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                Forget();
                await _backoff.WaitAsync(new BrokerAwayException(error), end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>What was not acknowledged comes again; what has come can be handled all the same.</summary>
    private void Forget()
    {
        lock (_gate)
        {
            _consumer = null;
            _unsettled.Clear();
        }
    }

    private async ValueTask TakeAsync(IBrokerConsumer consumer, IReadOnlyList<BrokerDelivery> deliveries)
    {
        List<BrokerDelivery>? garbled = null;
        foreach (var delivery in deliveries)
        {
            try
            {
                Add(StreamEnvelope.Read(delivery.Message), delivery);
            }
            catch (FormatException error)
            {
                _engine.Log.NotOfAStream(error, _handler, delivery.Message.Id, _group.Name);
                (garbled ??= []).Add(delivery);
            }
        }

        _arrived.Set();
        if (garbled is not null)
            await consumer.RejectAsync(garbled, CancellationToken.None).ConfigureAwait(false);
    }

    private void Add(StreamedMessage streamed, BrokerDelivery delivery)
    {
        lock (_gate)
        {
            _unsettled.Add((streamed.Message.GlobalPosition, delivery));
            if (_waiting.Count == 0 || _waiting[^1].Message.GlobalPosition < streamed.Message.GlobalPosition)
                _waiting.Add(streamed);
        }
    }
}
