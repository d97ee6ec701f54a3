namespace Protean.Brokers;

/// <summary>A broker that outlives whoever uses it.</summary>
internal sealed class SharedBroker(IBroker broker) : IBroker
{
    public string Name => broker.Name;

    public bool ReachesOtherProcesses => broker.ReachesOtherProcesses;

    public ValueTask DeclareAsync(BrokerGroup group, CancellationToken cancellationToken = default) => broker.DeclareAsync(group, cancellationToken);

    public ValueTask<IReadOnlyList<PublishRefusal>> PublishAsync(IReadOnlyList<BrokerMessage> messages, CancellationToken cancellationToken = default) =>
        broker.PublishAsync(messages, cancellationToken);

    public ValueTask<IBrokerConsumer> ConsumeAsync(BrokerGroup group, int partition, CancellationToken cancellationToken = default) =>
        broker.ConsumeAsync(group, partition, cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
