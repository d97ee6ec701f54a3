namespace Protean.Brokers;

/// <summary>
/// Takes messages to programs outside, and brings theirs: each at least once, and those of one key in their order. Groups share a topic by getting a copy each;
/// the programs of one group share its messages.
/// </summary>
public interface IBroker : IAsyncDisposable
{
    /// <summary>What messages and health checks call it.</summary>
    string Name { get; }

    /// <summary>Whether other processes have the same broker. If not, profiles do not send events through it.</summary>
    bool ReachesOtherProcesses => true;

    /// <summary>Makes what a group needs, so that whatever is published from now on waits for it, also while nobody consumes. Called again, it does nothing.</summary>
    /// <exception cref="BrokerUnavailableException">The broker is away.</exception>
    ValueTask DeclareAsync(BrokerGroup group, CancellationToken cancellationToken = default);

    /// <summary>Publishes in the order of the list, and completes when the broker has said of each message whether it is safe. What no group waits for is dropped.</summary>
    /// <returns>What the broker has refused; all others are safe.</returns>
    /// <exception cref="BrokerUnavailableException">The broker is away; which of the messages have arrived cannot be told, so that all are to be published again.</exception>
    ValueTask<IReadOnlyList<PublishRefusal>> PublishAsync(IReadOnlyList<BrokerMessage> messages, CancellationToken cancellationToken = default);

    /// <summary>
    /// Consumes a partition of a group, which is declared if it is not there. Of several consumers of one partition one gets its messages, and the next one when that
    /// is gone.
    /// </summary>
    /// <exception cref="BrokerUnavailableException">The broker is away.</exception>
    ValueTask<IBrokerConsumer> ConsumeAsync(BrokerGroup group, int partition, CancellationToken cancellationToken = default);
}

/// <summary>
/// One consumer of one partition. It belongs to one reader at a time. What it was given and has not settled comes again when it is disposed or lost: to the next
/// consumer, before anything else.
/// </summary>
public interface IBrokerConsumer : IAsyncDisposable
{
    /// <summary>Waits for messages, and takes those that are there.</summary>
    /// <param name="maxCount">The most to take at once.</param>
    /// <param name="cancellationToken">Ends the wait; nothing is taken then.</param>
    /// <returns>One message at least, in their order.</returns>
    /// <exception cref="BrokerUnavailableException">The broker is away. What was given and is not settled comes again: consume anew.</exception>
    ValueTask<IReadOnlyList<BrokerDelivery>> ReceiveAsync(int maxCount, CancellationToken cancellationToken = default);

    /// <summary>Says that messages are done with, and do not come again.</summary>
    /// <exception cref="BrokerUnavailableException">The broker is away, and they come again.</exception>
    ValueTask AcknowledgeAsync(IReadOnlyList<BrokerDelivery> deliveries, CancellationToken cancellationToken = default);

    /// <summary>Gives messages back, to be delivered again before all others. Whoever keeps an order gives back all that follow, too.</summary>
    /// <exception cref="BrokerUnavailableException">The broker is away, and they come again.</exception>
    ValueTask ReturnAsync(IReadOnlyList<BrokerDelivery> deliveries, CancellationToken cancellationToken = default);

    /// <summary>Puts messages that nobody can handle to the dead letters of the group.</summary>
    /// <exception cref="BrokerUnavailableException">The broker is away, and they come again.</exception>
    ValueTask RejectAsync(IReadOnlyList<BrokerDelivery> deliveries, CancellationToken cancellationToken = default);
}
