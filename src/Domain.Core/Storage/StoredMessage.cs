namespace Protean.Storage;

/// <summary>A message as it stands in the store.</summary>
public sealed class StoredMessage
{
    /// <summary>The place in the whole log, from 1. Rolled-back commits may leave holes, which nothing fills later.</summary>
    public required long GlobalPosition { get; init; }

    /// <summary>The stream it stands in.</summary>
    public required StreamName Stream { get; init; }

    /// <summary>The place in its stream, from 0.</summary>
    public required long Position { get; init; }

    /// <summary>The id (UUIDv7).</summary>
    public required Guid Id { get; init; }

    /// <summary>The name of the type, <c>{Domain}.{Class}.v{N}</c>.</summary>
    public required string Type { get; init; }

    /// <summary>What the message is.</summary>
    public required MessageKind Kind { get; init; }

    /// <summary>When it happened.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The UTF-8 JSON, byte for byte as it was written.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The CRC-32C of the body at the time of writing; none for messages written without one.</summary>
    public uint? Checksum { get; init; }

    /// <summary>Where the message comes from.</summary>
    public required MessageMetadata Metadata { get; init; }
}
