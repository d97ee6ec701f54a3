using System.Collections.Frozen;

namespace Protean.Brokers;

/// <summary>A message on its way through a broker.</summary>
public sealed record BrokerMessage
{
    /// <summary>No headers.</summary>
    public static readonly IReadOnlyDictionary<string, string> NoHeaders = FrozenDictionary<string, string>.Empty;

    /// <summary>The id that its producer gave it: the same when it comes again.</summary>
    public required string Id { get; init; }

    /// <summary>What it is about, as <c>{domain}.{name}</c>.</summary>
    public required string Topic { get; init; }

    /// <summary>Messages of one topic and key keep their order.</summary>
    public required string Key { get; init; }

    /// <summary>What is said, as its content type says.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The media type of the body.</summary>
    public string ContentType { get; init; } = "application/octet-stream";

    /// <summary>How the body is compressed; nothing if it is not.</summary>
    public string? ContentEncoding { get; init; }

    /// <summary>What goes with it outside of its body.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = NoHeaders;

    /// <summary>When it happened, to the second.</summary>
    public DateTimeOffset? Time { get; init; }
}

/// <summary>A message as a consumer got it.</summary>
public sealed class BrokerDelivery
{
    /// <summary>Creates a delivery; for brokers.</summary>
    /// <param name="message">The message.</param>
    /// <param name="attempt">How often it was delivered, this time included.</param>
    /// <param name="tag">What the broker knows it by.</param>
    public BrokerDelivery(BrokerMessage message, int attempt, ulong tag)
    {
        ArgumentNullException.ThrowIfNull(message);
        Message = message;
        Attempt = attempt;
        Tag = tag;
    }

    /// <summary>The message.</summary>
    public BrokerMessage Message { get; }

    /// <summary>How often it was delivered, this time included: 1 is the first. Brokers may forget when they restart.</summary>
    public int Attempt { get; }

    /// <summary>What the broker knows it by.</summary>
    public ulong Tag { get; }
}

/// <summary>A message that the broker has refused for good, as far as it can tell.</summary>
/// <param name="Index">Its place in what was published.</param>
/// <param name="Reason">Why.</param>
public readonly record struct PublishRefusal(int Index, string Reason);
