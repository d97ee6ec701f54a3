namespace Protean.Storage.InMemory;

/// <summary>The messages of one stream.</summary>
internal sealed class StreamLog(StreamName name, CategoryLog category)
{
    private long _archivedAt = long.MaxValue;

    public StreamName Name { get; } = name;

    public CategoryLog Category { get; } = category;

    public int PartitionHash { get; } = StreamName.StableHash(name.Value);

    public AppendList<StoredMessage> Messages { get; } = new();

    /// <summary>The position of the first message that is still there.</summary>
    public long FirstPosition { get; set; }

    public long Version => FirstPosition + Messages.Count - 1;

    public bool IsArchived => _archivedAt != long.MaxValue;

    public void ArchiveAt(long globalPosition) => Volatile.Write(ref _archivedAt, globalPosition);

    /// <summary>Whether the stream is archived for a reader that sees the log up to a head.</summary>
    public bool IsArchivedAt(long head) => Volatile.Read(ref _archivedAt) <= head;

    public StreamStatistics Statistics() =>
        new(Name, Version, FirstPosition, Messages.Count, Messages[0].Time, Messages[Messages.Count - 1].Time, IsArchived);

    public StreamPage Read(in StreamRead read, StoredDocument? snapshot)
    {
        var from = Math.Max(read.From, snapshot?.Version ?? 0);
        return read.Backwards ? ReadBackwards(from, read.MaxCount) : ReadForwards(from, read.MaxCount, snapshot);
    }

    private StreamPage ReadForwards(long from, int maxCount, StoredDocument? snapshot)
    {
        var start = (int)Math.Clamp(from - FirstPosition, 0, Messages.Count);
        var count = Math.Min(maxCount, Messages.Count - start);
        IReadOnlyList<StoredMessage> messages = count == 0 ? [] : new MessageSlice(Messages.Slice().Slice(start, count));
        return new(messages, Version, start + count == Messages.Count, IsArchived, snapshot);
    }

    private StreamPage ReadBackwards(long from, int maxCount)
    {
        var available = (int)Math.Clamp(Math.Min(from, Version) - FirstPosition + 1, 0, Messages.Count);
        var messages = new StoredMessage[Math.Min(maxCount, available)];
        for (var i = 0; i < messages.Length; i++)
            messages[i] = Messages[available - 1 - i];
        return new(messages, Version, messages.Length == available, IsArchived);
    }
}
