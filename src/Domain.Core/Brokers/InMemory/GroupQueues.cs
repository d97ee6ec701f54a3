namespace Protean.Brokers;

/// <summary>What one group has not consumed. Everything happens under the lock of the broker.</summary>
internal sealed class GroupQueues
{
    private readonly Lock _gate;
    private readonly PartitionQueue[] _partitions;
    private readonly List<BrokerMessage> _dead = [];
    private BrokerGroup _group;

    public GroupQueues(BrokerGroup group, Lock gate)
    {
        _gate = gate;
        _group = group;
        _partitions = [.. Enumerable.Range(0, group.Partitions).Select(_ => new PartitionQueue(_dead))];
    }

    public int Partitions => _partitions.Length;

    public IReadOnlyList<BrokerMessage> DeadLetters => [.. _dead];

    /// <summary>What is published of these topics goes to the group, too.</summary>
    public void Listen(IReadOnlyList<string> topics) => _group = _group with { Topics = [.. _group.Topics.Union(topics)] };

    public void Add(BrokerMessage message)
    {
        if (_group.Hears(message.Topic))
            _partitions[_group.PartitionOf(message.Key)].Add(message);
    }

    public InMemoryConsumer Join(int partition, int prefetch) => _partitions[partition].Join(_gate, prefetch);

    public void Close()
    {
        foreach (var partition in _partitions)
            partition.Close();
    }
}
