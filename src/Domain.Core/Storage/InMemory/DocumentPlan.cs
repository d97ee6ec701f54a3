namespace Protean.Storage.InMemory;

/// <summary>What the generations and documents of one commit will become, checked before anything is changed.</summary>
internal sealed class DocumentPlan(DocumentTable table)
{
    private readonly Dictionary<DocumentCollection, GenerationNumbers> _numbers = [];
    private readonly List<Change> _changes = [];

    public void Add(in GenerationChange change)
    {
        var collection = table.Collection(change.Collection);
        _numbers[collection] = Numbers(collection).After(change);
    }

    public void Add(in DocumentWrite write)
    {
        var collection = table.Collection(write.Collection);
        if (!Numbers(collection).IsThere(write.Generation))
            throw new GenerationException(write.Collection, write.Generation, "is neither live nor being built");
        var old = collection.Generation(write.Generation)?.Find(write.Key);
        if (!IsToBeWritten(write, old?.Document.Version ?? ExpectedDocument.Absent))
            return;
        var row = write.Body is { } body ? new DocumentRow(new(write.Key, write.Version, write.Stamp ?? "", body)) : null;
        _changes.Add(new(collection, write.Generation, old, row));
    }

    /// <summary>Values are compared as they will be at the end, so that a commit can hand a value from one document to another.</summary>
    public void CheckUnique()
    {
        HashSet<DocumentRow>? replaced = null;
        HashSet<(DocumentCollection Collection, long Generation, int Index, IndexValues Values)>? taken = null;
        foreach (var (collection, number, _, row) in _changes)
        {
            for (var i = 0; row is not null && i < collection.UniqueIndexes.Length; i++)
            {
                if (IndexValues.Of(row.Root, collection.UniqueIndexes[i]) is not { } values)
                    continue;
                var holder = collection.Generation(number)?.Holder(i, values);
                if ((holder is not null && !(replaced ??= Replaced()).Contains(holder)) || !(taken ??= []).Add((collection, number, i, values)))
                    throw new DuplicateValueException(collection.Name, collection.UniqueIndexes[i].Name, row.Key, values.ToString());
            }
        }
    }

    public void Apply()
    {
        foreach (var (collection, numbers) in _numbers)
            collection.Become(numbers);
        // Everything old goes before anything new comes, since a value can move from one document to another.
        foreach (var (collection, number, old, _) in _changes)
        {
            if (old is not null)
                collection.Generation(number)!.Remove(old, collection.UniqueIndexes);
        }

        foreach (var (collection, number, _, row) in _changes)
        {
            if (row is not null)
                collection.Generation(number)!.Add(row, collection.UniqueIndexes);
        }
    }

    private static bool IsToBeWritten(in DocumentWrite write, long version)
    {
        if (write.ExpectedVersion == ExpectedDocument.Older)
            return version < write.Version;
        if (write.ExpectedVersion != ExpectedDocument.Any && write.ExpectedVersion != version)
            throw Conflict.Of(write, version);
        return true;
    }

    private GenerationNumbers Numbers(DocumentCollection collection) => _numbers.GetValueOrDefault(collection) ?? collection.Numbers;

    private HashSet<DocumentRow> Replaced()
    {
        var replaced = new HashSet<DocumentRow>();
        foreach (var change in _changes)
        {
            if (change.Old is not null)
                replaced.Add(change.Old);
        }

        return replaced;
    }

    private readonly record struct Change(DocumentCollection Collection, long Generation, DocumentRow? Old, DocumentRow? Row);
}
