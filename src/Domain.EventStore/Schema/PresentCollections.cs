using Npgsql;

namespace Protean.EventStore.Schema;

/// <summary>The tables and indexes of collections that a schema has already.</summary>
internal sealed class PresentCollections
{
    private readonly HashSet<string> _collections = [];
    private readonly Dictionary<string, HashSet<string>> _indexes = [];

    public static async Task<PresentCollections> ReadAsync(NpgsqlConnection connection, string schema, CancellationToken cancellationToken)
    {
        var present = new PresentCollections();
        await using var command = new NpgsqlCommand(
            $"select c.name, c.table_name, i.indexname from {schema}.collections c left join pg_catalog.pg_indexes i on i.schemaname = $1 and i.tablename = c.table_name",
            connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = schema });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            present._collections.Add(reader.GetString(0));
            if (!present._indexes.TryGetValue(reader.GetString(1), out var indexes))
                present._indexes.Add(reader.GetString(1), indexes = []);
            if (!reader.IsDBNull(2))
                indexes.Add(reader.GetString(2));
        }

        return present;
    }

    /// <summary>What makes a collection what it is declared as: its table, indexes that are new, and the end of those that are declared no more.</summary>
    public IEnumerable<string> Missing(CollectionTable collection)
    {
        if (!_collections.Contains(collection.Name))
            yield return collection.CreateTable;
        var indexes = _indexes.GetValueOrDefault(collection.TableName) ?? [];
        var declared = collection.Indexes.Select(static index => index.Name).ToHashSet();
        foreach (var name in indexes.Where(name => !declared.Contains(name) && name != $"{collection.TableName}_pkey" && IsOurs(name)))
            yield return $"drop index {collection.Schema}.{name};";
        foreach (var (name, index) in collection.Indexes.Where(index => !indexes.Contains(index.Name)))
            yield return collection.CreateIndex(name, index);
    }

    /// <summary>Indexes that an administrator has added stay.</summary>
    private static bool IsOurs(string name) => PostgresIdentifier.IsOf("unique", name) || PostgresIdentifier.IsOf("index", name);
}
