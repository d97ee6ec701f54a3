using Npgsql;

namespace Protean.EventStore.Schema;

/// <summary>What leads from what is there to what is needed.</summary>
/// <param name="Tables">Statements for one transaction, which touch nothing that is in use.</param>
/// <param name="Indexes">Changes to the indexes of tables that are in use.</param>
/// <param name="ArePositionsBehind">Whether the log has positions that are still to be given out: it was filled by a restore of a part, or by hand.</param>
internal sealed record SchemaPlan(IReadOnlyList<string> Tables, IReadOnlyList<IndexChange> Indexes, bool ArePositionsBehind)
{
    public bool IsEmpty => Tables.Count == 0 && Indexes.Count == 0 && !ArePositionsBehind;

    public static async Task<SchemaPlan> MakeAsync(NpgsqlConnection connection, string schema, IReadOnlyList<CollectionTable> collections, CancellationToken cancellationToken)
    {
        var version = await VersionAsync(connection, schema, cancellationToken).ConfigureAwait(false);
        if (version > SchemaScripts.Current)
        {
            throw new StoreSchemaException(
                PostgresFaults.Store,
                $"'{schema}' has version {version}, and this code knows versions up to {SchemaScripts.Current}. Deploy a newer version of the code.");
        }

        var tables = new List<string>();
        // Whoever says 'if not exists' needs the right to create schemas even if it does.
        if (version is null && !await AskAsync(connection, "select exists (select from pg_catalog.pg_namespace where nspname = $1)", schema, cancellationToken).ConfigureAwait(false))
            tables.Add(SchemaExport.CreateSchema(schema));
        tables.AddRange(SchemaExport.Versions(schema, version));
        var present = version is null ? new PresentCollections() : await PresentCollections.ReadAsync(connection, schema, cancellationToken).ConfigureAwait(false);
        tables.AddRange(collections.SelectMany(present.MissingTables));
        return new(
            tables,
            [.. collections.SelectMany(present.IndexChanges)],
            version is not null && await ArePositionsBehindAsync(connection, schema, cancellationToken).ConfigureAwait(false));
    }

    private static async Task<bool> ArePositionsBehindAsync(NpgsqlConnection connection, string schema, CancellationToken cancellationToken)
    {
        var question = $"select coalesce(pg_sequence_last_value('{schema}.positions'::regclass), 0) < coalesce((select max(global_position) from {schema}.messages), 0)";
        await using var command = new NpgsqlCommand(question, connection) { CommandTimeout = PostgresDatabase.NoTimeout };
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is true;
    }

    /// <returns>The version of the schema; nothing if there is none yet.</returns>
    private static async Task<int?> VersionAsync(NpgsqlConnection connection, string schema, CancellationToken cancellationToken)
    {
        // Asked of the catalog's tables: a look-up by name, as to_regclass does it, can miss what another process made while this one waited for the lock.
        const string exists = "select exists (select from pg_catalog.pg_tables where schemaname = $1 and tablename = 'schema_version')";
        if (!await AskAsync(connection, exists, schema, cancellationToken).ConfigureAwait(false))
            return null;
        await using var version = new NpgsqlCommand($"select coalesce(max(version), 0) from {schema}.schema_version", connection) { CommandTimeout = PostgresDatabase.NoTimeout };
        return (int)(await version.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    private static async Task<bool> AskAsync(NpgsqlConnection connection, string question, string schema, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(question, connection) { Parameters = { new NpgsqlParameter<string> { TypedValue = schema } } };
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is true;
    }
}
