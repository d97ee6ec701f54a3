using System.Text;

namespace Protean.Brokers.RabbitMq;

/// <summary>What AMQP cannot carry. The server ends the channel or the connection over it, so it is refused before it gets there.</summary>
internal static class MessageLimits
{
    /// <summary>The most bytes of a short string.</summary>
    private const int ShortString = byte.MaxValue;

    // All properties of a message go into one frame, 128 KiB unless server and client agree on less; some of it is the driver's own.
    private const int Properties = 120 * 1024;

    /// <summary>Why a message is refused; nothing if it is not.</summary>
    public static string? ProblemOf(BrokerMessage message, int maxBytes)
    {
        if (BrokerNames.ProblemOfTopic(message.Topic) is { } topic)
            return $"'{message.Topic}' cannot be a topic: {topic}";
        if (message.Body.Length > maxBytes)
            return $"its body has {message.Body.Length} bytes, and MaxMessageBytes is {maxBytes}";
        return ProblemOf(message.Id, "id") ?? ProblemOf(message.ContentType, "content type") ?? ProblemOf(message.ContentEncoding ?? "", "content encoding") ?? ProblemOfHeaders(message);
    }

    private static string? ProblemOf(string text, string what) =>
        Encoding.UTF8.GetByteCount(text) is var bytes and > ShortString ? $"its {what} has {bytes} bytes, and {ShortString} are the most" : null;

    private static string? ProblemOfHeaders(BrokerMessage message)
    {
        var total = Encoding.UTF8.GetByteCount(message.Key);
        foreach (var (name, value) in message.Headers)
        {
            if (MessageHeaders.IsTaken(name))
                return $"the broker needs the header '{name}' for itself";
            if (name.Length == 0 || ProblemOf(name, "header's name") is not null)
                return $"the name of a header has to have 1 to {ShortString} bytes";
            total += Encoding.UTF8.GetByteCount(name) + Encoding.UTF8.GetByteCount(value) + 6;
        }

        return total > Properties ? $"its key and headers have {total} bytes, and {Properties} are the most" : null;
    }
}
