using Npgsql;

namespace Protean.EventStore.Schema;

/// <summary>Brings the schema to what the code and a domain need. Any number of processes may do so at once.</summary>
internal sealed class SchemaMigration(PostgresDatabase database, ILogger logger)
{
    private readonly string _schema = database.Schema;

    public async Task EnsureAsync(IReadOnlyList<CollectionTable> collections, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
            await ServerCheck.RunAsync(connection, cancellationToken).ConfigureAwait(false);
            // Where nothing is missing nothing is asked for, so that a user without the right to create tables can work.
            if (await MissingAsync(connection, collections, cancellationToken).ConfigureAwait(false) is not { Count: > 0 })
                return;
            await ApplyAsync(connection, collections, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.UniqueViolation && UniqueIndex(collections, error.ConstraintName) is { } duplicate)
        {
            throw new DuplicateValueException(duplicate.Collection, duplicate.Index, "(two that are stored)", "");
        }
        catch (Exception error) when (PostgresFaults.IsFault(error))
        {
            throw PostgresFaults.Translate(error);
        }
    }

    private static (string Collection, string Index)? UniqueIndex(IReadOnlyList<CollectionTable> collections, string? name)
    {
        foreach (var collection in collections)
        {
            foreach (var (index, definition) in collection.Indexes)
            {
                if (index == name)
                    return (collection.Name, definition.Name);
            }
        }

        return null;
    }

    private async Task ApplyAsync(NpgsqlConnection connection, IReadOnlyList<CollectionTable> collections, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.ReadCommitted, cancellationToken).ConfigureAwait(false);
        await using (var command = new NpgsqlCommand("select pg_advisory_xact_lock($1)", connection, transaction))
        {
            command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = AdvisoryKey.ForSchema(_schema) });
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }

        foreach (var sql in await MissingAsync(connection, collections, cancellationToken).ConfigureAwait(false))
        {
            await using var command = new NpgsqlCommand(sql, connection, transaction);
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }

        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        PostgresLog.SchemaChanged(logger, _schema, SchemaScripts.Current);
    }

    /// <summary>The statements that lead from what is there to what is needed.</summary>
    private async Task<List<string>> MissingAsync(NpgsqlConnection connection, IReadOnlyList<CollectionTable> collections, CancellationToken cancellationToken)
    {
        var version = await VersionAsync(connection, cancellationToken).ConfigureAwait(false);
        if (version > SchemaScripts.Current)
        {
            throw new StoreSchemaException(
                PostgresFaults.Store,
                $"'{_schema}' has version {version}, and this code knows versions up to {SchemaScripts.Current}. Deploy a newer version of the code.");
        }

        var missing = SchemaExport.Versions(_schema, version).ToList();
        var present = version is null ? new PresentCollections() : await PresentCollections.ReadAsync(connection, _schema, cancellationToken).ConfigureAwait(false);
        foreach (var collection in collections)
            missing.AddRange(present.Missing(collection));
        if (version is not null && await ArePositionsBehindAsync(connection, cancellationToken).ConfigureAwait(false))
        {
            missing.Add($"select pg_advisory_xact_lock({AdvisoryKey.ForAppends(_schema)})");
            missing.Add($"select setval('{_schema}.positions', (select max(global_position) from {_schema}.messages))");
        }

        return missing;
    }

    /// <summary>Whether the log has positions that are still to be given out: it was filled by a restore of a part, or by hand.</summary>
    private async Task<bool> ArePositionsBehindAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            $"select coalesce(pg_sequence_last_value('{_schema}.positions'::regclass), 0) < coalesce((select max(global_position) from {_schema}.messages), 0)", connection);
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is true;
    }

    /// <returns>The version of the schema; nothing if there is none yet.</returns>
    private async Task<int?> VersionAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        // Asked of the catalog's tables: a look-up by name, as to_regclass does it, can miss what another process made while this one waited for the lock.
        await using var exists = new NpgsqlCommand("select exists (select from pg_catalog.pg_tables where schemaname = $1 and tablename = 'schema_version')", connection);
        exists.Parameters.Add(new NpgsqlParameter<string> { TypedValue = _schema });
        if (await exists.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is not true)
            return null;
        await using var version = new NpgsqlCommand($"select coalesce(max(version), 0) from {_schema}.schema_version", connection);
        return (int)(await version.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }
}
