using Protean.Storage.InMemory;

namespace Protean.Storage;

public sealed partial class InMemoryEventStore
{
    /// <inheritdoc/>
    public ValueTask<StreamPage> ReadStreamAsync(StreamRead read, CancellationToken cancellationToken = default) =>
        Run(static (store, read) => store.Read(read), read, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<LogPage> ReadLogAsync(LogRead read, CancellationToken cancellationToken = default) =>
        Run(static (store, read) => store.Read(read), read, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StoredMessage?> FindMessageAsync(Guid id, CancellationToken cancellationToken = default) =>
        Run(static (store, id) => store.Find(id), id, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<LogPage> ReadCorrelationAsync(
        string correlationId, long after, int maxCount, CancellationToken cancellationToken = default) =>
        Run(
            static (store, call) => store.ReadCorrelation(call.correlationId, call.after, call.maxCount),
            (correlationId, after, maxCount),
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long> GetHeadAsync(CancellationToken cancellationToken = default) =>
        Run(static (store, _) => store.Snapshot().Head, 0, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long> FindStartAsync(DateTimeOffset from, CancellationToken cancellationToken = default) =>
        Run(static (store, from) => store.FindStart(from), from, cancellationToken);

    private (ReadOnlyMemory<LogEntry> Entries, long Head) Snapshot()
    {
        lock (_gate)
            return (_log.Entries.Slice(), _log.Head);
    }

    private StreamPage Read(in StreamRead read)
    {
        ReadValidation.Check(read);
        lock (_gate)
        {
            var snapshot = read.Snapshot is { } address ? _documents.Find(address) : null;
            return _log.Stream(read.Stream) is { } stream
                ? stream.Read(read, snapshot)
                : new([], ExpectedVersion.NoStream, IsEnd: true, Snapshot: snapshot);
        }
    }

    private LogPage Read(LogRead read)
    {
        ReadValidation.Check(read);
        if (read.Categories is not { Count: > 0 } categories)
        {
            var (entries, head) = Snapshot();
            return new LogScan(read, head).Read(entries);
        }

        return ReadCategories(read, categories);
    }

    private LogPage ReadCategories(LogRead read, IReadOnlyList<string> categories)
    {
        var logs = new List<ReadOnlyMemory<LogEntry>>(categories.Count);
        long head;
        lock (_gate)
        {
            head = _log.Head;
            for (var i = 0; i < categories.Count; i++)
            {
                if (!IsRepeated(categories, i) && _log.Category(categories[i]) is { } category)
                    logs.Add(category.Entries.Slice());
            }
        }

        var scan = new LogScan(read, head);
        return logs.Count == 1 ? scan.Read(logs[0]) : scan.Merge(logs);
    }

    private static bool IsRepeated(IReadOnlyList<string> categories, int index)
    {
        for (var i = 0; i < index; i++)
        {
            if (categories[i] == categories[index])
                return true;
        }

        return false;
    }

    private StoredMessage? Find(Guid id)
    {
        lock (_gate)
            return _log.Find(id);
    }

    private LogPage ReadCorrelation(string correlationId, long after, int maxCount)
    {
        ReadValidation.CheckCorrelation(correlationId, after, maxCount);
        ReadOnlyMemory<LogEntry> entries;
        long head;
        lock (_gate)
        {
            entries = _log.Correlations.Find(correlationId, _log.Entries);
            head = _log.Head;
        }

        return new LogScan(new() { After = after, MaxCount = maxCount, IncludeArchived = true }, head).Read(entries);
    }

    private long FindStart(DateTimeOffset from)
    {
        // Messages carry the time of their author, which does not have to grow with the position: nothing shorter than a scan finds the first.
        var (entries, head) = Snapshot();
        foreach (var entry in entries.Span)
        {
            if (entry.Message.Time >= from)
                return entry.Message.GlobalPosition - 1;
        }

        return head;
    }
}
