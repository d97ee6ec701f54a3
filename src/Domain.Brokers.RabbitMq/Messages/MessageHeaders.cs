using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Protean.Brokers.RabbitMq;

/// <summary>What stands in the headers of a message on the server, beside those of the message itself.</summary>
internal static class MessageHeaders
{
    public const string Key = "protean-key";

    /// <summary>The topic of a message that was put back, which the exchange and the routing key no longer say.</summary>
    public const string Topic = "protean-topic";

    public const string DeliveryCount = "x-delivery-count";
    public const string FirstDeathExchange = "x-first-death-exchange";
    public const string FirstDeathQueue = "x-first-death-queue";

    // Written by the server or the driver, or read by them, so that a message cannot have them for itself.
    private static readonly FrozenSet<string> _taken = new[]
    {
        Key, Topic, DeliveryCount, FirstDeathExchange, FirstDeathQueue, "x-first-death-reason", "x-last-death-exchange", "x-last-death-queue", "x-last-death-reason",
        "x-death", "x-acquired-count", "x-opt-delivery-count", "x-dotnet-pub-seq-no", "CC", "BCC",
    }.ToFrozenSet(StringComparer.Ordinal);

    public static bool IsTaken(string name) => _taken.Contains(name);

    /// <summary>The headers of the message itself. Those that are no simple value are left out, and so are times that are none.</summary>
    public static IReadOnlyDictionary<string, string> Read(IDictionary<string, object?>? headers)
    {
        Dictionary<string, string>? own = null;
        foreach (var (name, value) in headers ?? FrozenDictionary<string, object?>.Empty)
        {
            if (!IsTaken(name) && Text(value) is { } text)
                (own ??= [])[name] = text;
        }

        return own ?? BrokerMessage.NoHeaders;
    }

    public static string? Text(IDictionary<string, object?>? headers, string name) =>
        headers is not null && headers.TryGetValue(name, out var value) ? Text(value) : null;

    public static int Number(IDictionary<string, object?>? headers, string name)
    {
        if (headers is null || !headers.TryGetValue(name, out var value))
            return 0;
        var number = value switch
        {
            long l => l,
            int i => i,
            short s => s,
            byte b => b,
            _ => 0,
        };
        return (int)Math.Clamp(number, 0, int.MaxValue - 1);
    }

    private static string? Text(object? value) => value switch
    {
        byte[] bytes => Encoding.UTF8.GetString(bytes),
        string text => text,
        bool flag => flag ? "true" : "false",
        AmqpTimestamp time => MessageProperties.TimeOf(time)?.ToString("O", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(format: null, CultureInfo.InvariantCulture),
        _ => null,
    };
}
