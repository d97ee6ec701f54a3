using Npgsql;

namespace Protean.EventStore.Schema;

/// <summary>The tables and indexes of collections that a schema has already.</summary>
internal sealed class PresentCollections
{
    private readonly HashSet<string> _collections = [];
    private readonly Dictionary<string, Dictionary<string, bool>> _indexes = [];

    public static async Task<PresentCollections> ReadAsync(NpgsqlConnection connection, string schema, CancellationToken cancellationToken)
    {
        var present = new PresentCollections();
        await using var command = new NpgsqlCommand(
            $"""
            select c.name, c.table_name, i.relname, x.indisvalid
            from {schema}.collections c
            left join (pg_catalog.pg_index x join pg_catalog.pg_class i on i.oid = x.indexrelid join pg_catalog.pg_class t on t.oid = x.indrelid
                       join pg_catalog.pg_namespace n on n.oid = t.relnamespace and n.nspname = $1) on t.relname = c.table_name
            """,
            connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = schema });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            present._collections.Add(reader.GetString(0));
            if (!present._indexes.TryGetValue(reader.GetString(1), out var indexes))
                present._indexes.Add(reader.GetString(1), indexes = []);
            if (!reader.IsDBNull(2))
                indexes.Add(reader.GetString(2), reader.GetBoolean(3));
        }

        return present;
    }

    /// <summary>The table of a collection, with its indexes, if it is not there.</summary>
    public IEnumerable<string> MissingTables(CollectionTable collection) => _collections.Contains(collection.Name)
        ? []
        : collection.Indexes.Select(index => collection.CreateIndex(index.Name, index.Index)).Prepend(collection.CreateTable);

    /// <summary>
    /// What the indexes of a table that is there lack: those that are new, those whose building was broken off, and the end of those that are declared
    /// no more. These go last, so that queries are never without an index that they had.
    /// </summary>
    public IEnumerable<IndexChange> IndexChanges(CollectionTable collection)
    {
        if (!_indexes.TryGetValue(collection.TableName, out var present))
            yield break;
        foreach (var (name, index) in collection.Indexes)
        {
            var isThere = present.TryGetValue(name, out var isValid);
            if (isThere && isValid)
                continue;
            if (isThere)
                yield return Drop(collection, name);
            yield return new(collection.CreateIndex(name, index, concurrently: true), name);
        }

        var declared = collection.Indexes.Select(static index => index.Name).ToHashSet();
        foreach (var name in present.Keys.Where(name => !declared.Contains(name) && name != $"{collection.TableName}_pkey" && IsOurs(name)))
            yield return Drop(collection, name);
    }

    private static IndexChange Drop(CollectionTable collection, string name) => new($"drop index concurrently if exists {collection.Schema}.{name}");

    /// <summary>Indexes that an administrator has added stay.</summary>
    private static bool IsOurs(string name) => PostgresIdentifier.IsOf("unique", name) || PostgresIdentifier.IsOf("index", name);
}
