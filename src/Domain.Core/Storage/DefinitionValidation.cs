using System.Buffers;

namespace Protean.Storage;

/// <summary>What every store checks of a definition. Names become identifiers in databases, so nothing else than they may be made of passes.</summary>
public static class DefinitionValidation
{
    private const int MaxIndexNameLength = 50;
    private static readonly SearchValues<char> CollectionCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_:");
    private static readonly SearchValues<char> IndexCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_");

    /// <summary>Checks a definition.</summary>
    /// <exception cref="ArgumentException">A name in it cannot be used, or is used twice.</exception>
    public static void Check(StoreDefinition definition)
    {
        ArgumentNullException.ThrowIfNull(definition);
        ArgumentNullException.ThrowIfNull(definition.Collections);
        var names = new HashSet<string>();
        foreach (var collection in definition.Collections)
        {
            CheckName(collection.Name, "collection", CommitValidation.MaxNameLength, CollectionCharacters);
            if (!names.Add(collection.Name))
                throw new ArgumentException($"Domain '{definition.Domain}' declares the collection '{collection.Name}' twice.", nameof(definition));
            CheckIndexes(collection);
        }
    }

    private static void CheckIndexes(CollectionDefinition collection)
    {
        ArgumentNullException.ThrowIfNull(collection.Indexes);
        var names = new HashSet<string>();
        foreach (var index in collection.Indexes)
        {
            CheckName(index.Name, $"index of collection '{collection.Name}'", MaxIndexNameLength, IndexCharacters);
            if (!names.Add(index.Name))
                throw new ArgumentException($"Collection '{collection.Name}' declares the index '{index.Name}' twice.", nameof(collection));
            if (index.Paths is null || index.Paths.Count == 0)
                throw new ArgumentException($"Index '{index.Name}' of collection '{collection.Name}' has no paths.", nameof(collection));
            foreach (var path in index.Paths)
                StoreText.CheckPath(path, nameof(collection));
        }
    }

    private static void CheckName(string name, string what, int maxLength, SearchValues<char> allowed)
    {
        if (string.IsNullOrEmpty(name) || name.Length > maxLength || name.AsSpan().ContainsAnyExcept(allowed))
            throw new ArgumentException($"'{name}' cannot be the name of a {what}: it has 1 to {maxLength} lower-case letters, digits and underscores (a collection colons, too).", nameof(name));
    }
}
