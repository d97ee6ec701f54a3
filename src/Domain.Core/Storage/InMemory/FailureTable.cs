namespace Protean.Storage.InMemory;

/// <summary>Failure records, by handler, global position and method. Every member is called under the store's gate.</summary>
internal sealed class FailureTable
{
    private readonly SortedDictionary<FailureKey, FailureRecord> _records = new(Comparer<FailureKey>.Create(Compare));

    public void Check(IReadOnlyList<FailurePurge> purges, IReadOnlyList<FailureWrite> writes)
    {
        for (var i = 0; i < writes.Count; i++)
        {
            var write = writes[i];
            var revision = IsPurged(write.Key, purges) ? 0 : Revision(write.Key);
            if (write.ExpectedRevision != FailureWrite.AnyRevision && write.ExpectedRevision != revision)
                throw Conflict.Of(write, revision);
        }
    }

    public void Apply(IReadOnlyList<FailurePurge> purges, IReadOnlyList<FailureWrite> writes)
    {
        for (var i = 0; i < purges.Count; i++)
            Purge(new() { Handler = purges[i].Handler, Partition = purges[i].Partition });
        for (var i = 0; i < writes.Count; i++)
        {
            var (key, _, record) = writes[i];
            if (record is null)
                _records.Remove(key);
            else
                _records[key] = record with { Revision = Revision(key) + 1, Attempts = [.. record.Attempts] };
        }
    }

    public IReadOnlyList<FailureRecord> Query(FailureQuery query)
    {
        var found = new List<FailureRecord>();
        foreach (var (key, record) in _records)
        {
            if (query.After is { } after && Compare(key, after) <= 0)
                continue;
            if (Matches(record, query))
                found.Add(record);
            if (found.Count == query.Take)
                break;
        }

        return found;
    }

    public long Count(FailureQuery query)
    {
        var count = 0L;
        foreach (var record in _records.Values)
            count += Matches(record, query) ? 1 : 0;
        return count;
    }

    public long Purge(FailureQuery query)
    {
        var purged = new List<FailureKey>();
        foreach (var (key, record) in _records)
        {
            if (Matches(record, query))
                purged.Add(key);
        }

        foreach (var key in purged)
            _records.Remove(key);
        return purged.Count;
    }

    private static bool Matches(FailureRecord record, FailureQuery query) =>
        (query.Handler is null || query.Handler == record.Key.Handler)
        && (query.Partition is null || query.Partition == record.Partition)
        && (query.Status is null || query.Status == record.Status)
        && (query.MessageType is null || query.MessageType == record.MessageType)
        && (query.ParkKey is null || query.ParkKey == record.ParkKey)
        && (query.FailedFrom is null || record.FailedAt >= query.FailedFrom)
        && (query.FailedBefore is null || record.FailedAt < query.FailedBefore)
        && (query.DueBy is null || record.NextAttemptAt <= query.DueBy);

    private static int Compare(FailureKey left, FailureKey right)
    {
        var order = CodePointOrder.Compare(left.Handler, right.Handler);
        if (order == 0)
            order = left.GlobalPosition.CompareTo(right.GlobalPosition);
        return order != 0 ? order : CodePointOrder.Compare(left.Method, right.Method);
    }

    private bool IsPurged(FailureKey key, IReadOnlyList<FailurePurge> purges)
    {
        for (var i = 0; i < purges.Count; i++)
        {
            if (purges[i].Handler == key.Handler
                && (purges[i].Partition is not { } partition || (_records.TryGetValue(key, out var record) && record.Partition == partition)))
                return true;
        }

        return false;
    }

    private long Revision(FailureKey key) => _records.TryGetValue(key, out var record) ? record.Revision : 0;
}
