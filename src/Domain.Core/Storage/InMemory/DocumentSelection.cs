namespace Protean.Storage.InMemory;

/// <summary>Answers a query over rows that were taken out of the store, without its gate.</summary>
internal sealed class DocumentSelection(DocumentQuery query)
{
    private readonly JsonScalar[] _values = Values(query.Where);

    public long Count(IReadOnlyList<DocumentRow> rows)
    {
        var count = 0L;
        foreach (var row in rows)
            count += Matches(row) ? 1 : 0;
        return count;
    }

    public IReadOnlyList<StoredDocument> Select(IReadOnlyList<DocumentRow> rows)
    {
        var found = new List<Candidate>();
        foreach (var row in rows)
        {
            if (Matches(row))
                found.Add(new(row, SortKeys(row)));
        }

        found.Sort(Compare);
        var first = Math.Min(query.Skip, found.Count);
        var page = new StoredDocument[Math.Min(query.Take, found.Count - first)];
        for (var i = 0; i < page.Length; i++)
            page[i] = found[first + i].Row.Document;
        return page;
    }

    private static JsonScalar[] Values(IReadOnlyList<DocumentCondition> conditions)
    {
        var values = new JsonScalar[conditions.Count];
        for (var i = 0; i < values.Length; i++)
            values[i] = JsonScalar.From(conditions[i].Value);
        return values;
    }

    private static bool Holds(DocumentComparison comparison, JsonScalar found, JsonScalar value) => comparison switch
    {
        DocumentComparison.Equal => found.Equals(value),
        DocumentComparison.NotEqual => !found.Equals(value),
        _ when !found.IsComparableTo(value) => false,
        DocumentComparison.Less => found.CompareTo(value) < 0,
        DocumentComparison.LessOrEqual => found.CompareTo(value) <= 0,
        DocumentComparison.Greater => found.CompareTo(value) > 0,
        _ => found.CompareTo(value) >= 0,
    };

    private bool Matches(DocumentRow row)
    {
        for (var i = 0; i < _values.Length; i++)
        {
            var condition = query.Where[i];
            if (!Holds(condition.Comparison, row.At(condition.Path), _values[i]))
                return false;
        }

        return true;
    }

    private JsonScalar[] SortKeys(DocumentRow row)
    {
        if (query.OrderBy.Count == 0)
            return [];
        var keys = new JsonScalar[query.OrderBy.Count];
        for (var i = 0; i < keys.Length; i++)
            keys[i] = row.At(query.OrderBy[i].Path);
        return keys;
    }

    private int Compare(Candidate left, Candidate right)
    {
        for (var i = 0; i < left.SortKeys.Length; i++)
        {
            var order = left.SortKeys[i].CompareTo(right.SortKeys[i]);
            if (order != 0)
                return query.OrderBy[i].Descending ? -order : order;
        }

        return CodePointOrder.Compare(left.Row.Key, right.Row.Key);
    }

    private readonly record struct Candidate(DocumentRow Row, JsonScalar[] SortKeys);
}
