namespace Protean.Storage;

/// <summary>A message on its way into the store.</summary>
public readonly record struct NewMessage
{
    /// <summary>The id (UUIDv7), unique in the store.</summary>
    public required Guid Id { get; init; }

    /// <summary>The name of the type, <c>{Domain}.{Class}.v{N}</c>.</summary>
    public required string Type { get; init; }

    /// <summary>What the message is.</summary>
    public required MessageKind Kind { get; init; }

    /// <summary>When it happened. Stores keep it to the microsecond, and cut off the rest.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The UTF-8 JSON, stored as it is.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The CRC-32C of <see cref="Body"/>, stored as it is: readers and <see cref="IEventStore.VerifyAsync"/> compare, a write does not. None is not checked.</summary>
    public uint? Checksum { get; init; }

    /// <summary>Where the message comes from.</summary>
    public required MessageMetadata Metadata { get; init; }

    /// <summary>Puts a message together, with the checksum of its body.</summary>
    public static NewMessage Create(Guid id, string type, MessageKind kind, DateTimeOffset time, ReadOnlyMemory<byte> body, MessageMetadata metadata) => new()
    {
        Id = id,
        Type = type,
        Kind = kind,
        Time = time,
        Body = body,
        Checksum = Storage.Checksum.Compute(body.Span),
        Metadata = metadata,
    };
}
