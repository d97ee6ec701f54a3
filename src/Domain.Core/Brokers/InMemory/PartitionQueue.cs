namespace Protean.Brokers;

/// <summary>One partition of a group, in its order. The first of its consumers gets what is there.</summary>
internal sealed class PartitionQueue(List<BrokerMessage> dead)
{
    private readonly LinkedList<Waiting> _waiting = [];
    private readonly SortedDictionary<ulong, Waiting> _given = [];
    private readonly List<InMemoryConsumer> _consumers = [];
    private ulong _lastTag;

    public void Add(BrokerMessage message)
    {
        _waiting.AddLast(new Waiting(message));
        Wake();
    }

    public InMemoryConsumer Join(Lock gate, int prefetch)
    {
        var consumer = new InMemoryConsumer(this, gate, prefetch);
        _consumers.Add(consumer);
        return consumer;
    }

    public void Leave(InMemoryConsumer consumer)
    {
        if (Has(consumer))
            Return([.. _given.Keys]);
        _consumers.Remove(consumer);
        Wake();
    }

    /// <summary>Takes what the first consumer may hold; nothing for others.</summary>
    public IReadOnlyList<BrokerDelivery> Take(InMemoryConsumer consumer, int maxCount, int prefetch)
    {
        List<BrokerDelivery> taken = [];
        while (Has(consumer) && taken.Count < maxCount && _given.Count < prefetch && _waiting.First is { } first)
        {
            _waiting.RemoveFirst();
            _given.Add(++_lastTag, first.Value);
            taken.Add(new(first.Value.Message, ++first.Value.Attempts, _lastTag));
        }

        return taken;
    }

    /// <summary>Forgets what is settled already, or has gone to somebody else.</summary>
    public void Acknowledge(IEnumerable<ulong> tags)
    {
        foreach (var tag in tags)
            _given.Remove(tag);
        Wake();
    }

    public void Return(IEnumerable<ulong> tags)
    {
        // The newest first, so that the oldest stands in front in the end.
        foreach (var tag in tags.OrderDescending())
        {
            if (_given.Remove(tag, out var returned))
                _waiting.AddFirst(returned);
        }

        Wake();
    }

    public void Reject(IEnumerable<ulong> tags)
    {
        foreach (var tag in tags)
        {
            if (_given.Remove(tag, out var rejected))
                dead.Add(rejected.Message);
        }

        Wake();
    }

    public void Close()
    {
        foreach (var consumer in _consumers)
            consumer.Close();
    }

    private bool Has(InMemoryConsumer consumer) => _consumers.Count > 0 && ReferenceEquals(_consumers[0], consumer);

    private void Wake()
    {
        if (_consumers.Count > 0)
            _consumers[0].Wake();
    }

    private sealed class Waiting(BrokerMessage message)
    {
        public BrokerMessage Message => message;

        public int Attempts { get; set; }
    }
}
