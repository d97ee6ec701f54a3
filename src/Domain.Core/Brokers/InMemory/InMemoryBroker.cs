namespace Protean.Brokers;

/// <summary>A broker within the process, for tests and trials. Whatever shares it shares its messages; they are gone with the process.</summary>
public sealed class InMemoryBroker : IBroker
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, GroupQueues> _groups = [];
    private bool _isDisposed;

    /// <inheritdoc/>
    public string Name => "The in-memory broker";

    /// <inheritdoc/>
    public bool ReachesOtherProcesses => false;

    /// <inheritdoc/>
    public ValueTask DeclareAsync(BrokerGroup group, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(group);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
            _ = Declared(group);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<PublishRefusal>> PublishAsync(IReadOnlyList<BrokerMessage> messages, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            foreach (var message in messages)
            {
                BrokerNames.CheckPattern(message.Topic);
                // A producer may use the bytes again for the next message.
                var kept = message with { Body = message.Body.ToArray() };
                foreach (var group in _groups.Values)
                    group.Add(kept);
            }
        }

        return new([]);
    }

    /// <inheritdoc/>
    public ValueTask<IBrokerConsumer> ConsumeAsync(BrokerGroup group, int partition, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(group);
        group.CheckPartition(partition);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
            return new(Declared(group).Join(partition, group.Prefetch));
    }

    /// <summary>What the consumers of a group have rejected, the oldest first.</summary>
    /// <exception cref="ArgumentException">There is no such group.</exception>
    public IReadOnlyList<BrokerMessage> DeadLettersOf(string group)
    {
        ArgumentNullException.ThrowIfNull(group);
        lock (_gate)
            return _groups.TryGetValue(group, out var queues) ? queues.DeadLetters : throw BrokerNames.NoGroup(group, Name);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _isDisposed = true;
            foreach (var group in _groups.Values)
                group.Close();
        }

        return ValueTask.CompletedTask;
    }

    private GroupQueues Declared(BrokerGroup group)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (!_groups.TryGetValue(group.Name, out var queues))
            _groups[group.Name] = queues = new(group, _gate);
        if (queues.Partitions != group.Partitions)
            throw new InvalidOperationException($"The group '{group.Name}' has {queues.Partitions} partitions, and keeps them: declare it with these, or give it another name.");
        queues.Listen(group.Topics);
        return queues;
    }
}
