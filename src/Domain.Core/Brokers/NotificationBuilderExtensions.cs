using Protean.Brokers;

namespace Protean;

/// <summary>What only notifications can be told: how they go outside.</summary>
public static class NotificationBuilderExtensions
{
    /// <summary>Names the topic. Default: <c>{domain}.{class}</c> in snake case, as in <c>book_shop.order_shipped</c>.</summary>
    public static MessageBuilder<TNotification> Topic<TNotification>(this MessageBuilder<TNotification> builder, string topic) where TNotification : INotificationEvent
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(topic);
        builder.Draft.Outside.Topic = topic;
        return builder;
    }

    /// <summary>Writes what it says in another form than JSON.</summary>
    public static MessageBuilder<TNotification> Format<TNotification>(this MessageBuilder<TNotification> builder, INotificationFormat format) where TNotification : INotificationEvent
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(format);
        builder.Draft.Outside.Format = format;
        return builder;
    }

    /// <summary>Compresses it with gzip.</summary>
    /// <param name="builder">The notification.</param>
    /// <param name="above">From how many bytes on. Default: 1,024.</param>
    public static MessageBuilder<TNotification> Compressed<TNotification>(this MessageBuilder<TNotification> builder, int above = 1_024) where TNotification : INotificationEvent
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentOutOfRangeException.ThrowIfNegative(above);
        builder.Draft.Outside.CompressFrom = above;
        return builder;
    }

    /// <summary>Leaves it in the log, where handlers find it, and publishes it nowhere.</summary>
    public static MessageBuilder<TNotification> KeptInLog<TNotification>(this MessageBuilder<TNotification> builder) where TNotification : INotificationEvent
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Draft.Outside.IsKeptInLog = true;
        return builder;
    }
}
