using System.Globalization;

namespace Protean.Brokers.RabbitMq;

/// <summary>
/// How topics and keys become what RabbitMQ routes by: the exchange is the domain, and the routing key <c>{name}.{slot}</c>. Whoever knows nothing of slots publishes with
/// the name alone.
/// </summary>
internal static class Routing
{
    private static readonly string[] _slots = [.. Enumerable.Range(0, BrokerGroup.Slots).Select(static slot => slot.ToString(CultureInfo.InvariantCulture))];

    public static string Slot(int slot) => _slots[slot];

    public static ReadOnlySpan<char> DomainOf(string topic) => topic.AsSpan(0, topic.IndexOf('.', StringComparison.Ordinal));

    public static string NameOf(string topic) => topic[(topic.IndexOf('.', StringComparison.Ordinal) + 1)..];

    public static string KeyOf(BrokerMessage message) =>
        string.Concat(message.Topic.AsSpan(message.Topic.IndexOf('.', StringComparison.Ordinal) + 1), ".", Slot(BrokerGroup.SlotOf(message.Key)));

    /// <summary>The topic of what was published by a routing key: a number of a slot at its end is none of the name.</summary>
    public static string TopicOf(string exchange, string routingKey)
    {
        var name = HasSlot(routingKey) ? routingKey.AsSpan(0, routingKey.LastIndexOf('.')) : routingKey;
        return string.Concat(exchange, ".", name);
    }

    public static bool HasSlot(string routingKey) => routingKey.LastIndexOf('.') is > 0 and var dot && IsSlot(routingKey.AsSpan(dot + 1));

    private static bool IsSlot(ReadOnlySpan<char> word) => word switch
    {
        [>= '0' and <= '9'] => true,
        [>= '1' and <= '9', >= '0' and <= '9'] => ((word[0] - '0') * 10) + word[1] - '0' < BrokerGroup.Slots,
        _ => false,
    };
}
