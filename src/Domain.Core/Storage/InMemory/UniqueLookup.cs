namespace Protean.Storage.InMemory;

/// <summary>Finds the one document that a query can mean when it asks for the values of a unique index, without looking at the others.</summary>
internal static class UniqueLookup
{
    /// <returns>Whether an index answers: then <paramref name="row"/> is the only document that can match, or none does.</returns>
    public static bool TryFind(DocumentQuery query, DocumentCollection collection, DocumentGeneration generation, out DocumentRow? row)
    {
        row = null;
        for (var i = 0; i < collection.UniqueIndexes.Length; i++)
        {
            if (Values(query.Where, collection.UniqueIndexes[i]) is not { } values)
                continue;
            row = generation.Holder(i, values);
            return true;
        }

        return false;
    }

    private static IndexValues? Values(IReadOnlyList<DocumentCondition> conditions, IndexDefinition index)
    {
        if (conditions.Count < index.Paths.Count)
            return null;
        var values = new JsonScalar[index.Paths.Count];
        for (var i = 0; i < values.Length; i++)
        {
            if (Asked(conditions, index.Paths[i]) is not { } value)
                return null;
            values[i] = JsonScalar.From(value);
        }

        return new(values);
    }

    /// <summary>Null is not in an index, so a query for it needs all documents.</summary>
    private static DocumentValue? Asked(IReadOnlyList<DocumentCondition> conditions, IReadOnlyList<string> path)
    {
        for (var i = 0; i < conditions.Count; i++)
        {
            if (conditions[i].Comparison == DocumentComparison.Equal
                && conditions[i].Value.Kind != DocumentValueKind.Null
                && IsSame(conditions[i].Path, path))
                return conditions[i].Value;
        }

        return null;
    }

    private static bool IsSame(IReadOnlyList<string> left, IReadOnlyList<string> right)
    {
        if (left.Count != right.Count)
            return false;
        for (var i = 0; i < left.Count; i++)
        {
            if (left[i] != right[i])
                return false;
        }

        return true;
    }
}
