using Microsoft.Extensions.Logging.Abstractions;

namespace Protean.Brokers.RabbitMq;

/// <summary>
/// Publishes to RabbitMQ and consumes from it. Each domain has a durable topic exchange, each partition of a group a durable quorum queue with one active consumer, and each
/// group a queue of dead letters. A connection that was lost is replaced at the next call, and what is needed is declared again on it. It needs RabbitMQ 3.10 or newer.
/// </summary>
public sealed class RabbitMqBroker : IBroker
{
    private readonly RabbitMqOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly AmqpAddress _address;
    private readonly Link _publishing;
    private readonly Link _consuming;
    private readonly Publisher _publisher;
    private volatile bool _isDisposed;

    /// <summary>Makes the broker; the server is first asked for something by the first call.</summary>
    /// <param name="options">Where the server is, and how it is used.</param>
    /// <param name="time">The clock for giving up.</param>
    /// <param name="logger">Takes the broker's log.</param>
    /// <exception cref="ArgumentException">An option has a value that cannot be.</exception>
    public RabbitMqBroker(RabbitMqOptions options, TimeProvider? time = null, ILogger<RabbitMqBroker>? logger = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        _options = options;
        _time = time ?? TimeProvider.System;
        _logger = logger ?? NullLogger<RabbitMqBroker>.Instance;
        var connector = new Connector(options, _time);
        _address = connector.Address;
        // Apart: a server that holds publishers up stops reading from their connections, and must still hear what is acknowledged.
        _publishing = new(connector, "publish", options.CloseTimeout, _time, _logger);
        _consuming = new(connector, "consume", options.CloseTimeout, _time, _logger);
        _publisher = new(options, _address, _time, _logger);
        Name = $"RabbitMQ at {_address}";
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The group is there with another number of partitions.</exception>
    public async ValueTask DeclareAsync(BrokerGroup group, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(group);
        _ = await RunAsync(
            _consuming,
            async session =>
            {
                await DeclareAsync(session, group, cancellationToken).ConfigureAwait(false);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<PublishRefusal>> PublishAsync(IReadOnlyList<BrokerMessage> messages, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        cancellationToken.ThrowIfCancellationRequested();
        return messages.Count == 0
            ? new([])
            : RunAsync(_publishing, session => _publisher.PublishAsync(session, messages, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The group is there with another number of partitions.</exception>
    public async ValueTask<IBrokerConsumer> ConsumeAsync(BrokerGroup group, int partition, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(group);
        group.CheckPartition(partition);
        var source = new ConsumerSource(group, partition, Unavailable, _options.CloseTimeout, _time, _logger);
        return await RunAsync(
            _consuming,
            async session =>
            {
                await DeclareAsync(session, group, cancellationToken).ConfigureAwait(false);
                return await QueueConsumer.StartAsync(source, session, cancellationToken).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>How many messages stand in the dead letters of a group. What was just rejected may still be on its way there.</summary>
    /// <exception cref="ArgumentException">There is no such group.</exception>
    /// <exception cref="BrokerUnavailableException">The broker is away.</exception>
    public ValueTask<int> CountDeadLettersAsync(string group, CancellationToken cancellationToken = default) =>
        RunAsync(_consuming, session => DeadLetters(group).CountAsync(session, cancellationToken), cancellationToken);

    /// <summary>Looks at the dead letters of a group, the oldest first. They stay.</summary>
    /// <exception cref="ArgumentException">There is no such group.</exception>
    /// <exception cref="BrokerUnavailableException">The broker is away.</exception>
    public ValueTask<IReadOnlyList<BrokerMessage>> ReadDeadLettersAsync(string group, int maxCount, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxCount, 1);
        return RunAsync(_consuming, session => DeadLetters(group).ReadAsync(session, maxCount, cancellationToken), cancellationToken);
    }

    /// <summary>Puts dead letters, the oldest first, behind what waits for the consumers of their group.</summary>
    /// <returns>How many.</returns>
    /// <exception cref="ArgumentException">There is no such group.</exception>
    /// <exception cref="BrokerUnavailableException">The broker is away. One letter at most has been put back and stays as well.</exception>
    public async ValueTask<int> RequeueDeadLettersAsync(string group, int maxCount = int.MaxValue, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxCount, 1);
        var count = await RunAsync(_consuming, session => DeadLetters(group).RequeueAsync(session, maxCount, cancellationToken), cancellationToken).ConfigureAwait(false);
        RabbitMqLog.Requeued(_logger, count, group);
        return count;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        await Task.WhenAll(_publishing.DisposeAsync().AsTask(), _consuming.DisposeAsync().AsTask()).ConfigureAwait(false);
        await _publisher.DisposeAsync().ConfigureAwait(false);
    }

    private DeadLetterQueue DeadLetters(string group)
    {
        ArgumentNullException.ThrowIfNull(group);
        BrokerNames.Check(group, "group");
        return new(group, Name);
    }

    private static ValueTask DeclareAsync(Session session, BrokerGroup group, CancellationToken cancellationToken) =>
        session.DeclareAsync(GroupTopology.Signature(group), group, GroupTopology.DeclareAsync, cancellationToken);

    private async ValueTask<T> RunAsync<T>(Link link, Func<Session, ValueTask<T>> run, CancellationToken cancellationToken)
    {
        try
        {
            return await run(await link.OpenAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (Exception error) when (RabbitMqFaults.IsFault(error) || (error is ObjectDisposedException && !_isDisposed))
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw RabbitMqFaults.Unavailable(Name, _address, error);
        }
    }

    private BrokerUnavailableException Unavailable(string reason, Exception? error) => new(Name, reason, error);
}
