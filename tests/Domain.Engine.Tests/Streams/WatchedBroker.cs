using System.Collections.Concurrent;
using Protean.Brokers;

namespace Protean.Tests.Streams;

/// <summary>A broker that says what went through it, and that can be away or lose what it was given.</summary>
public sealed class WatchedBroker : IBroker
{
    private readonly InMemoryBroker _broker = new();
    private readonly ConcurrentDictionary<string, bool> _topics = new();
    private readonly ConcurrentDictionary<Consumer, bool> _consumers = new();
    private volatile List<BrokerMessage>? _held;
    private volatile bool _isAway;
    private int _published;
    private int _delivered;
    private int _acknowledged;

    public string Name => "The broker";

    public int Published => Volatile.Read(ref _published);

    public int Delivered => Volatile.Read(ref _delivered);

    public int Acknowledged => Volatile.Read(ref _acknowledged);

    public BrokerMessage? Last { get; private set; }

    public IEnumerable<string> Topics => _topics.Keys;

    /// <summary>Which messages it says are safe, and are not.</summary>
    public Func<BrokerMessage, bool> Loses { get; set; } = _ => false;

    public bool LosesAcknowledgements { get; set; }

    /// <summary>Called before anything is published.</summary>
    public Action BeforePublication { get; set; } = static () => { };

    public IReadOnlyList<BrokerMessage> DeadLettersOf(string group) => _broker.DeadLettersOf(group);

    /// <summary>Keeps what is published from now on, for a test to publish as it likes.</summary>
    public IReadOnlyList<BrokerMessage> HoldPublications() => _held = [];

    public async Task PublishNowAsync(IReadOnlyList<BrokerMessage> messages) => await _broker.PublishAsync(messages);

    public void GoAway()
    {
        _isAway = true;
        foreach (var consumer in _consumers.Keys)
            consumer.Lose();
    }

    public void ComeBack() => _isAway = false;

    public ValueTask DeclareAsync(BrokerGroup group, CancellationToken cancellationToken = default)
    {
        RefuseIfAway();
        return _broker.DeclareAsync(group, cancellationToken);
    }

    public ValueTask<IReadOnlyList<PublishRefusal>> PublishAsync(IReadOnlyList<BrokerMessage> messages, CancellationToken cancellationToken = default)
    {
        RefuseIfAway();
        BeforePublication();
        Interlocked.Add(ref _published, messages.Count);
        Last = messages[^1];
        foreach (var message in messages)
            _topics[message.Topic] = true;
        if (_held is not { } held)
            return _broker.PublishAsync([.. messages.Where(m => !Loses(m))], cancellationToken);
        held.AddRange(messages);
        return new([]);
    }

    public async ValueTask<IBrokerConsumer> ConsumeAsync(BrokerGroup group, int partition, CancellationToken cancellationToken = default)
    {
        RefuseIfAway();
        var consumer = new Consumer(this, await _broker.ConsumeAsync(group, partition, cancellationToken));
        _consumers[consumer] = true;
        return consumer;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void RefuseIfAway()
    {
        if (_isAway)
            throw Away();
    }

    private BrokerUnavailableException Away() => new(Name, "it is away");

    private sealed class Consumer(WatchedBroker broker, IBrokerConsumer inner) : IBrokerConsumer
    {
        private readonly CancellationTokenSource _lost = new();

        public void Lose() => _lost.Cancel();

        public async ValueTask<IReadOnlyList<BrokerDelivery>> ReceiveAsync(int maxCount, CancellationToken cancellationToken = default)
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _lost.Token);
            try
            {
                var got = await inner.ReceiveAsync(maxCount, either.Token);
                Interlocked.Add(ref broker._delivered, got.Count);
                return got;
            }
            catch (OperationCanceledException) when (_lost.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw broker.Away();
            }
        }

        public ValueTask AcknowledgeAsync(IReadOnlyList<BrokerDelivery> deliveries, CancellationToken cancellationToken = default)
        {
            if (_lost.IsCancellationRequested)
                throw broker.Away();
            if (broker.LosesAcknowledgements)
                return default;
            Interlocked.Add(ref broker._acknowledged, deliveries.Count);
            return inner.AcknowledgeAsync(deliveries, cancellationToken);
        }

        public ValueTask ReturnAsync(IReadOnlyList<BrokerDelivery> deliveries, CancellationToken cancellationToken = default) => inner.ReturnAsync(deliveries, cancellationToken);

        public ValueTask RejectAsync(IReadOnlyList<BrokerDelivery> deliveries, CancellationToken cancellationToken = default) => inner.RejectAsync(deliveries, cancellationToken);

        public ValueTask DisposeAsync()
        {
            broker._consumers.TryRemove(this, out _);
            return inner.DisposeAsync();
        }
    }
}
