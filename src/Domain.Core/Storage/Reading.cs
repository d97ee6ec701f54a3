namespace Protean.Storage;

/// <summary>Asks for the messages of one stream.</summary>
public readonly record struct StreamRead
{
    /// <summary>The stream.</summary>
    public required StreamName Stream { get; init; }

    /// <summary>The position to begin at, inclusive. Backwards, <see cref="long.MaxValue"/> begins at the end.</summary>
    public long From { get; init; }

    /// <summary>Whether to go from later to earlier.</summary>
    public bool Backwards { get; init; }

    /// <summary>The most messages to return: 1 or more.</summary>
    public required int MaxCount { get; init; }

    /// <summary>
    /// A document to load in the same round trip. If it is there, its version is a position in this stream plus one, and reading begins
    /// at that version or at <see cref="From"/>, whichever is later. Forwards only.
    /// </summary>
    public DocumentAddress? Snapshot { get; init; }

    /// <summary>
    /// Whether of each message only position, kind, type, checksum and body are of interest. A store may leave the rest empty, which makes reading cheaper.
    /// </summary>
    public bool BodiesOnly { get; init; }
}

/// <summary>A page of one stream.</summary>
/// <param name="Messages">The messages, in the order that was asked for.</param>
/// <param name="Version">The position of the last message of the stream; -1 for a stream without messages.</param>
/// <param name="IsEnd">Whether nothing follows in the direction that was asked for.</param>
/// <param name="IsArchived">Whether the stream is closed.</param>
/// <param name="Snapshot">The document that was asked for, if it is there.</param>
public readonly record struct StreamPage(
    IReadOnlyList<StoredMessage> Messages,
    long Version,
    bool IsEnd,
    bool IsArchived = false,
    StoredDocument? Snapshot = null);

/// <summary>Asks for messages of the log, in the order of their global positions.</summary>
public sealed record LogRead
{
    /// <summary>The global position to begin after; 0 is the beginning.</summary>
    public required long After { get; init; }

    /// <summary>The last global position to look at.</summary>
    public long UpTo { get; init; } = long.MaxValue;

    /// <summary>The most messages to return: 1 or more.</summary>
    public required int MaxCount { get; init; }

    /// <summary>The categories to read, matched exactly; none (or an empty list) is the whole log.</summary>
    public IReadOnlyList<string>? Categories { get; init; }

    /// <summary>The names of types to return; none (or an empty list) is all.</summary>
    public IReadOnlyList<string>? Types { get; init; }

    /// <summary>The kinds to return.</summary>
    public MessageKind Kinds { get; init; } = MessageKind.All;

    /// <summary>
    /// Return only messages with this source: the category, or the category of the commands, of the stream of their direct cause
    /// or of their origin (see <see cref="MessageSource"/>).
    /// </summary>
    public string? Source { get; init; }

    /// <summary>Return only messages whose stream falls into this partition.</summary>
    public PartitionFilter? Partition { get; init; }

    /// <summary>Whether messages of archived streams are returned too.</summary>
    public bool IncludeArchived { get; init; }
}

/// <summary>One of several partitions, cut by <see cref="StreamName.StableHash"/> of the stream's name.</summary>
/// <param name="Index">The partition, from 0.</param>
/// <param name="Count">How many there are.</param>
public readonly record struct PartitionFilter(int Index, int Count);

/// <summary>A page of the log.</summary>
/// <param name="Messages">The messages that passed the filter.</param>
/// <param name="ScannedTo">
/// How far the log was looked at: where the next read goes on, over everything that was filtered out. With fewer messages than were asked
/// for, that is <see cref="Head"/> or the end that was asked for; never less than where the read began.
/// </param>
/// <param name="Head">The last global position that was visible to the read.</param>
public readonly record struct LogPage(IReadOnlyList<StoredMessage> Messages, long ScannedTo, long Head);

/// <summary>Whether a message matches a source stream.</summary>
public static class MessageSource
{
    /// <summary>
    /// A message matches <paramref name="source"/> when that, or <paramref name="source"/>:command, is the category of the stream in which its
    /// direct cause stands, or, if that cause is a command, of the message that caused the command.
    /// </summary>
    public static bool Matches(MessageMetadata metadata, string source) =>
        CategoryMatches(metadata.CauseStream, source) || CategoryMatches(metadata.OriginStream, source);

    private static bool CategoryMatches(string? stream, string source)
    {
        if (stream is null || !stream.StartsWith(source, StringComparison.Ordinal))
            return false;
        var rest = stream.AsSpan(source.Length);
        if (rest.StartsWith(StreamName.CommandSuffix, StringComparison.Ordinal))
            rest = rest[StreamName.CommandSuffix.Length..];
        return rest.IsEmpty || rest[0] == '-';
    }
}
