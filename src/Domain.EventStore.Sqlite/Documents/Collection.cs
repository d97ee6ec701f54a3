using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Protean.Storage;

namespace Protean.EventStore.Sqlite.Documents;

/// <summary>A collection: the table of its documents and its indexes.</summary>
internal sealed class Collection
{
    private const int HashLength = 16;
    private const int MostShown = 40;

    public Collection(long id, string name, string table, IReadOnlyList<DocumentIndex> indexes)
    {
        Id = id;
        Name = name;
        Table = table;
        Indexes = indexes;
        Keys = [.. indexes.SelectMany(i => i.Keys).DistinctBy(k => k.Column)];
        Insert = InsertSql(table, Keys);
        Version = $"SELECT version FROM {table} WHERE generation = ? AND key = ?";
        Delete = $"DELETE FROM {table} WHERE generation = ? AND key = ?";
        Load = $"SELECT key, version, stamp, body FROM {table} WHERE key = ?1 AND {GenerationTable.Selection(id, null)}";
        LoadOfGeneration = $"SELECT key, version, stamp, body FROM {table} WHERE key = ?1 AND {GenerationTable.Selection(id, "?2")}";
    }

    public long Id { get; }

    public string Name { get; }

    public string Table { get; }

    public IReadOnlyList<DocumentIndex> Indexes { get; }

    /// <summary>The columns that hold the indexed values.</summary>
    public IReadOnlyList<KeyColumn> Keys { get; }

    /// <summary>The statement that adds a document.</summary>
    public string Insert { get; }

    /// <summary>The statement that finds a document's version.</summary>
    public string Version { get; }

    /// <summary>The statement that removes a document.</summary>
    public string Delete { get; }

    /// <summary>The statement that finds a document of the live generation.</summary>
    public string Load { get; }

    /// <summary>The statement that finds a document of a generation that is named.</summary>
    public string LoadOfGeneration { get; }

    /// <summary>The name of a collection's table. The readable part is made of a checked name; the hash tells apart what it shortens.</summary>
    public static string TableOf(string collection)
    {
        var shown = collection.Length <= MostShown ? collection : collection[..MostShown];
        return $"protean_doc_{shown.Replace(':', '_')}_{Hash(collection)}";
    }

    public static string Hash(string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..HashLength];

    /// <summary>The column of a path, if there is one.</summary>
    public string? ColumnOf(JsonPath path)
    {
        foreach (var key in Keys)
        {
            if (key.Path.Text == path.Text)
                return key.Column;
        }

        return null;
    }

    private static string InsertSql(string table, IReadOnlyList<KeyColumn> keys)
    {
        var columns = string.Concat(keys.Select(k => $", {k.Column}"));
        var values = string.Concat(keys.Select(_ => ", ?"));
        return $"INSERT INTO {table} (generation, key, version, stamp, body{columns}) VALUES (?, ?, ?, ?, ?{values})";
    }
}

/// <summary>The column that holds the encoded value at a path.</summary>
internal sealed record KeyColumn(JsonPath Path)
{
    public string Column { get; } = $"key_{Collection.Hash(Path.Text)}";
}

/// <summary>A declared index.</summary>
internal sealed class DocumentIndex
{
    public DocumentIndex(string table, IndexDefinition definition)
    {
        Definition = definition;
        Keys = [.. definition.Paths.Select(p => new KeyColumn(new(p)))];
        Name = $"{table}_by_{definition.Name}";
        PathsText = JsonSerializer.Serialize(definition.Paths);
        var columns = string.Join(", ", Keys.Select(k => k.Column).Distinct());
        // SQLite takes nulls in a unique index for different, which is the exemption we promise. A plain one ends with the key, as every order does.
        CreateSql = definition.Unique
            ? $"CREATE UNIQUE INDEX {Name} ON {table} (generation, {columns})"
            : $"CREATE INDEX {Name} ON {table} (generation, {columns}, key)";
        DropSql = $"DROP INDEX {Name}";
    }

    public IndexDefinition Definition { get; }

    public string Name { get; }

    public IReadOnlyList<KeyColumn> Keys { get; }

    public string PathsText { get; }

    public string CreateSql { get; }

    public string DropSql { get; }

    public static DocumentIndex Stored(string table, string name, bool isUnique, string paths) =>
        new(table, new(name, JsonSerializer.Deserialize<string[][]>(paths)!, isUnique));

    public bool IsSameAs(DocumentIndex other) => Definition.Unique == other.Definition.Unique && PathsText == other.PathsText;
}
