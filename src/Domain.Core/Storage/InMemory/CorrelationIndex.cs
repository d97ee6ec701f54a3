namespace Protean.Storage.InMemory;

/// <summary>Messages by correlation id. It catches up when it is asked, so that appending does not pay for it.</summary>
internal sealed class CorrelationIndex
{
    private readonly Dictionary<string, AppendList<LogEntry>> _entries = [];
    private int _indexed;

    public ReadOnlyMemory<LogEntry> Find(string correlationId, AppendList<LogEntry> log)
    {
        for (; _indexed < log.Count; _indexed++)
        {
            var entry = log[_indexed];
            var key = entry.Message.Metadata.CorrelationId;
            if (!_entries.TryGetValue(key, out var entries))
                _entries.Add(key, entries = new());
            entries.Add(entry);
        }

        return _entries.TryGetValue(correlationId, out var found) ? found.Slice() : default;
    }

    /// <summary>Begins anew, after messages were taken out of the log.</summary>
    public void Forget()
    {
        _entries.Clear();
        _indexed = 0;
    }
}
