namespace Protean.Brokers.RabbitMq;

/// <summary>What the broker logs. Event ids stay what they are.</summary>
internal static partial class RabbitMqLog
{
    [LoggerMessage(5001, LogLevel.Information, "Connected to RabbitMQ at {Address}, virtual host '{VirtualHost}', to {Purpose}.")]
    public static partial void Connected(ILogger logger, AmqpAddress address, string virtualHost, string purpose);

    [LoggerMessage(5002, LogLevel.Warning, "The connection to RabbitMQ at {Address} to {Purpose} was lost ({Reason}); the next call makes a new one.")]
    public static partial void ConnectionLost(ILogger logger, AmqpAddress address, string purpose, string reason);

    [LoggerMessage(5003, LogLevel.Warning, "RabbitMQ at {Address} takes no messages for now: {Reason}.")]
    public static partial void Blocked(ILogger logger, AmqpAddress address, string reason);

    [LoggerMessage(5004, LogLevel.Information, "RabbitMQ at {Address} takes messages again.")]
    public static partial void Unblocked(ILogger logger, AmqpAddress address);

    [LoggerMessage(5005, LogLevel.Warning, "The connection to RabbitMQ at {Address} to {Purpose} was not closed within {Limit}, and was dropped.")]
    public static partial void NotClosed(ILogger logger, AmqpAddress address, string purpose, TimeSpan limit);

    [LoggerMessage(5006, LogLevel.Warning, "The consumer of queue '{Queue}' was lost: {Reason}.")]
    public static partial void ConsumerLost(ILogger logger, string queue, string reason);

    [LoggerMessage(5007, LogLevel.Warning, "A message of '{Topic}' came to queue '{Queue}', whose group does not listen to that topic: another version of the program has bound it. It goes to the dead letters of the group, as all of that topic do. Requeue them when a version runs that listens to it, or remove the binding from the server.")]
    public static partial void NotHeard(ILogger logger, string topic, string queue);

    [LoggerMessage(5008, LogLevel.Warning, "RabbitMQ at {Address} has not confirmed {Count} messages within {Limit}.")]
    public static partial void NotConfirmed(ILogger logger, AmqpAddress address, int count, TimeSpan limit);

    [LoggerMessage(5009, LogLevel.Information, "{Count} dead letters of the group '{Group}' were put back.")]
    public static partial void Requeued(ILogger logger, int count, string group);

    [LoggerMessage(5010, LogLevel.Debug, "A message of '{Topic}' came to queue '{Queue}' because its binding says more than the topics of the group, and was dropped.")]
    public static partial void TooMuch(ILogger logger, string topic, string queue);
}
