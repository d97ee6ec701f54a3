namespace Protean.Storage.InMemory;

/// <summary>A message of the log, with the stream that knows its partition and whether it is archived.</summary>
internal readonly record struct LogEntry(StoredMessage Message, StreamLog Stream)
{
    /// <summary>Finds the first entry after a global position.</summary>
    public static int IndexAfter(ReadOnlySpan<LogEntry> entries, long position)
    {
        var low = 0;
        var high = entries.Length;
        while (low < high)
        {
            var middle = low + ((high - low) >> 1);
            if (entries[middle].Message.GlobalPosition <= position)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}
