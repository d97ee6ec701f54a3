using Protean.EventStore.Sqlite.Connections;

namespace Protean.EventStore.Sqlite.Documents;

/// <summary>The collections as they stood at one version of the file's schema.</summary>
internal sealed class Catalog
{
    private const string SchemaVersion = "PRAGMA schema_version";
    private static readonly Catalog None = new(-1, []);
    private readonly long _schemaVersion;
    private readonly Dictionary<string, Collection> _collections;

    private Catalog(long schemaVersion, Dictionary<string, Collection> collections)
    {
        _schemaVersion = schemaVersion;
        _collections = collections;
    }

    /// <summary>The catalog as a transaction sees it: another process may have changed indexes since it was read.</summary>
    public static Catalog Of(Database database)
    {
        var version = database.Use(SchemaVersion).Scalar() ?? 0;
        var known = database.Catalog ?? None;
        return known._schemaVersion == version ? known : database.Catalog = Load(database, version);
    }

    /// <summary>Finds a collection whose table is all that is asked for: that never changes, so a look at what is known is enough.</summary>
    public static Collection Table(Database database, string name) =>
        (database.Catalog ?? None)._collections.GetValueOrDefault(name) ?? Of(database).Get(name);

    public Collection? Find(string name) => _collections.GetValueOrDefault(name);

    /// <exception cref="ArgumentException">There is no such collection.</exception>
    public Collection Get(string name) =>
        Find(name) ?? throw new ArgumentException($"Collection '{name}' is not declared: name it in the definition the store is initialized with.", nameof(name));

    private static Catalog Load(Database database, long version)
    {
        var indexes = new List<(long Collection, string Name, bool IsUnique, string Paths)>();
        using (var row = database.Use("SELECT collection, name, is_unique, paths FROM protean_indexes"))
        {
            while (row.Step())
                indexes.Add((row.Number(0), row.Text(1), row.Number(2) != 0, row.Text(3)));
        }

        var collections = new Dictionary<string, Collection>();
        using (var row = database.Use("SELECT id, name, table_name FROM protean_collections"))
        {
            while (row.Step())
            {
                var (id, name, table) = (row.Number(0), row.Text(1), row.Text(2));
                collections.Add(name, new(id, name, table, [.. indexes.Where(i => i.Collection == id).Select(i => DocumentIndex.Stored(table, i.Name, i.IsUnique, i.Paths))]));
            }
        }

        return new(version, collections);
    }
}
