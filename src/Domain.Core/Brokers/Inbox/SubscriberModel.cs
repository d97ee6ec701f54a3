using System.Collections.Frozen;

namespace Protean.Brokers;

/// <summary>What a subscriber takes from the broker, and where it keeps it.</summary>
internal sealed class SubscriberModel
{
    public required string Name { get; init; }

    public required string DurableName { get; init; }

    /// <summary>Where what has come in stands in the log, to be handled from there.</summary>
    public required string Category { get; init; }

    public required BrokerGroup Group { get; init; }

    public required Func<BrokerMessage, CloudEvent> Open { get; init; }

    /// <summary>The headers that are taken over, however they are written by others.</summary>
    public required HashSet<string> Headers { get; init; }

    /// <summary>What types of others are here.</summary>
    public required FrozenDictionary<string, ForeignType> Types { get; init; }
}

/// <summary>What a type of others is here.</summary>
/// <param name="StoredAs">The name it has in the log.</param>
/// <param name="Type">What it is read as.</param>
/// <param name="Translate">Makes ours of theirs; nothing if it is kept as it came.</param>
internal sealed record ForeignType(string StoredAs, MessageType Type, Func<CloudEvent, object>? Translate);
