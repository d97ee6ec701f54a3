namespace Protean;

/// <summary>A recorded message as its handlers see it.</summary>
public sealed class Message
{
    /// <summary>The id (UUIDv7).</summary>
    public required Guid Id { get; init; }

    /// <summary>The name of the type, <c>{Domain}.{Class}.v{N}</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The stream it stands in.</summary>
    public required StreamName Stream { get; init; }

    /// <summary>The place in its stream, from 0; -1 while its commit is still being put together.</summary>
    public long Position { get; internal set; } = -1;

    /// <summary>The place in the whole log, from 1; 0 while its commit is still being put together.</summary>
    public long GlobalPosition { get; internal set; }

    /// <summary>When it happened.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>What the message is.</summary>
    public required MessageKind Kind { get; init; }

    /// <summary>What the event is about; nothing for a command.</summary>
    public EventCategory? EventCategory { get; init; }

    /// <summary>Where the message comes from.</summary>
    public required MessageMetadata Metadata { get; init; }

    /// <summary>The event or command.</summary>
    public required object Payload { get; init; }

    /// <summary>Whether it came from outside, and nobody said from where: handlers of every category get it.</summary>
    internal bool IsForAnyCategory { get; init; }

    /// <summary>What the user added to the message, or to one it follows from.</summary>
    public IReadOnlyDictionary<string, string> Headers => Metadata.Headers;

    /// <inheritdoc/>
    public override string ToString() => $"{Type} {Id} at {Stream}:{Position}";
}
