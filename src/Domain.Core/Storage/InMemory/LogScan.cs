namespace Protean.Storage.InMemory;

/// <summary>One read of the log: goes over slices of it, without the store's gate, and keeps what passes the filter.</summary>
internal sealed class LogScan(LogRead read, long head)
{
    private const int FirstCapacity = 64;
    private const int FewTypes = 8;
    private readonly HashSet<string>? _types = read.Types is { Count: > FewTypes } types ? [.. types] : null;
    private readonly List<StoredMessage> _found = new(Math.Min(read.MaxCount, FirstCapacity));

    public LogPage Read(ReadOnlyMemory<LogEntry> log)
    {
        var entries = log.Span;
        for (var i = LogEntry.IndexAfter(entries, read.After); i < entries.Length && entries[i].Message.GlobalPosition <= read.UpTo; i++)
        {
            if (Take(entries[i]))
                break;
        }

        return Page();
    }

    /// <summary>Reads several categories as one log.</summary>
    public LogPage Merge(List<ReadOnlyMemory<LogEntry>> logs)
    {
        var next = new int[logs.Count];
        for (var i = 0; i < next.Length; i++)
            next[i] = LogEntry.IndexAfter(logs[i].Span, read.After);
        while (Earliest(logs, next) is var log and >= 0)
        {
            var entry = logs[log].Span[next[log]++];
            if (entry.Message.GlobalPosition > read.UpTo || Take(entry))
                break;
        }

        return Page();
    }

    private static int Earliest(List<ReadOnlyMemory<LogEntry>> logs, int[] next)
    {
        var earliest = -1;
        var position = long.MaxValue;
        for (var i = 0; i < next.Length; i++)
        {
            if (next[i] == logs[i].Length)
                continue;
            var candidate = logs[i].Span[next[i]].Message.GlobalPosition;
            if (candidate >= position)
                continue;
            position = candidate;
            earliest = i;
        }

        return earliest;
    }

    /// <returns>Whether the page is full.</returns>
    private bool Take(in LogEntry entry)
    {
        if (Passes(entry))
            _found.Add(entry.Message);
        return _found.Count == read.MaxCount;
    }

    private bool Passes(in LogEntry entry) =>
        (entry.Message.Kind & read.Kinds) != 0
        && (read.IncludeArchived || !entry.Stream.IsArchivedAt(head))
        && (read.Partition is not { } partition || entry.Stream.PartitionHash % partition.Count == partition.Index)
        && HasType(entry.Message.Type)
        && (read.Source is null || MessageSource.Matches(entry.Message.Metadata, read.Source));

    private bool HasType(string type)
    {
        if (_types is not null)
            return _types.Contains(type);
        if (read.Types is not { Count: > 0 } types)
            return true;
        for (var i = 0; i < types.Count; i++)
        {
            if (string.Equals(types[i], type, StringComparison.Ordinal))
                return true;
        }

        return false;
    }

    private LogPage Page()
    {
        var scannedTo = _found.Count == read.MaxCount ? _found[^1].GlobalPosition : Math.Max(read.After, Math.Min(read.UpTo, head));
        return new(_found, scannedTo, head);
    }
}
