namespace Protean.Brokers.RabbitMq;

/// <summary>A message as the properties of AMQP, and back.</summary>
internal static class MessageProperties
{
    private static readonly long _lastSecond = DateTimeOffset.MaxValue.ToUnixTimeSeconds();

    public static BasicProperties Write(BrokerMessage message)
    {
        var properties = new BasicProperties { MessageId = message.Id, ContentType = message.ContentType, DeliveryMode = DeliveryModes.Persistent };
        if (message.ContentEncoding is { } encoding)
            properties.ContentEncoding = encoding;
        if (message.Time is { } time)
            properties.Timestamp = new(time.ToUnixTimeSeconds());
        var headers = new Dictionary<string, object?>(message.Headers.Count + 1) { [MessageHeaders.Key] = message.Key };
        foreach (var (name, value) in message.Headers)
            headers[name] = value;
        properties.Headers = headers;
        return properties;
    }

    /// <summary>
    /// The message of a delivery. What others publish may lack an id and a key: the id is then empty, for nothing else in AMQP tells that a message is the same one again,
    /// and so is the key.
    /// </summary>
    public static BrokerMessage Read(string exchange, string routingKey, IReadOnlyBasicProperties properties, ReadOnlyMemory<byte> body)
    {
        var headers = properties.Headers;
        return new()
        {
            Id = properties.MessageId ?? "",
            Topic = MessageHeaders.Text(headers, MessageHeaders.Topic) ?? TopicOf(exchange, routingKey),
            Key = MessageHeaders.Text(headers, MessageHeaders.Key) ?? "",
            // The driver takes its memory back.
            Body = body.ToArray(),
            ContentType = properties.ContentType is { Length: > 0 } type ? type : "application/octet-stream",
            ContentEncoding = properties.ContentEncoding is { Length: > 0 } encoding ? encoding : null,
            Headers = MessageHeaders.Read(headers),
            Time = TimeOf(properties),
        };
    }

    /// <summary>How often a message was delivered, this time included.</summary>
    public static int AttemptOf(IReadOnlyBasicProperties properties, bool redelivered) =>
        Math.Max(MessageHeaders.Number(properties.Headers, MessageHeaders.DeliveryCount), redelivered ? 1 : 0) + 1;

    /// <summary>The time of a timestamp: it is in seconds, and what others write may be none.</summary>
    public static DateTimeOffset? TimeOf(AmqpTimestamp timestamp) =>
        timestamp.UnixTime is var seconds && seconds >= 0 && seconds <= _lastSecond ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;

    // Without an exchange it was put into the queue itself, which says nothing of its topic.
    private static string TopicOf(string exchange, string routingKey) => exchange.Length == 0 ? routingKey : Routing.TopicOf(exchange, routingKey);

    private static DateTimeOffset? TimeOf(IReadOnlyBasicProperties properties) =>
        properties.IsTimestampPresent() ? TimeOf(properties.Timestamp) : null;
}
