namespace Protean.Storage.InMemory;

/// <summary>The documents of one generation of a collection, and its unique indexes.</summary>
internal sealed class DocumentGeneration
{
    private readonly Dictionary<string, DocumentRow> _rows = [];
    private Dictionary<IndexValues, DocumentRow>[] _unique = [];

    public IReadOnlyCollection<DocumentRow> Rows => _rows.Values;

    public DocumentRow? Find(string key) => _rows.GetValueOrDefault(key);

    /// <summary>Who has the values in the unique index that stands at a place in the list of them.</summary>
    public DocumentRow? Holder(int index, IndexValues values) => _unique[index].GetValueOrDefault(values);

    public void Remove(DocumentRow row, IndexDefinition[] indexes)
    {
        _rows.Remove(row.Key);
        for (var i = 0; i < indexes.Length; i++)
        {
            if (IndexValues.Of(row.Root, indexes[i]) is { } values)
                _unique[i].Remove(values);
        }
    }

    public void Add(DocumentRow row, IndexDefinition[] indexes)
    {
        _rows.Add(row.Key, row);
        for (var i = 0; i < indexes.Length; i++)
        {
            if (IndexValues.Of(row.Root, indexes[i]) is { } values)
                _unique[i].Add(values, row);
        }
    }

    /// <summary>Indexes the documents that are there anew.</summary>
    /// <exception cref="DuplicateValueException">Two of them have the same values.</exception>
    public Dictionary<IndexValues, DocumentRow>[] Index(string collection, IndexDefinition[] indexes)
    {
        var unique = new Dictionary<IndexValues, DocumentRow>[indexes.Length];
        for (var i = 0; i < unique.Length; i++)
        {
            unique[i] = [];
            foreach (var row in _rows.Values)
            {
                if (IndexValues.Of(row.Root, indexes[i]) is { } values && !unique[i].TryAdd(values, row))
                    throw new DuplicateValueException(collection, indexes[i].Name, row.Key, values.ToString());
            }
        }

        return unique;
    }

    public void Use(Dictionary<IndexValues, DocumentRow>[] unique) => _unique = unique;
}
