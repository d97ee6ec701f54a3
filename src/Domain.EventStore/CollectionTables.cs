using System.Collections.Concurrent;
using Protean.EventStore.Schema;
using Protean.Storage;

namespace Protean.EventStore;

/// <summary>The tables of the collections that domains have declared.</summary>
internal sealed class CollectionTables(string schema)
{
    private readonly ConcurrentDictionary<string, CollectionTable> _tables = new();

    public IReadOnlyList<CollectionTable> Describe(StoreDefinition definition)
    {
        DefinitionValidation.Check(definition);
        return [.. definition.Collections.Select(collection => new CollectionTable(schema, collection))];
    }

    public void Add(IReadOnlyList<CollectionTable> tables)
    {
        foreach (var table in tables)
            _tables[table.Name] = table;
    }

    public IEnumerable<CollectionTable> All => _tables.Values;

    public CollectionTable Get(string name) =>
        _tables.TryGetValue(name, out var table)
            ? table
            : throw new ArgumentException($"Collection '{name}' is not declared: name it in the definition the store is initialized with.", nameof(name));

    /// <summary>Checks that the collections of a commit are declared, and that their bodies can be stored.</summary>
    public void Check(Commit commit)
    {
        for (var i = 0; i < commit.Generations.Count; i++)
            Get(commit.Generations[i].Collection);
        for (var i = 0; i < commit.Documents.Count; i++)
        {
            Get(commit.Documents[i].Collection);
            if (commit.Documents[i].Body is { } body)
                UnstorableBody.Refuse(commit.Documents[i], body.Span);
        }
    }
}
