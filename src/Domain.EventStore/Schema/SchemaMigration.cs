using Npgsql;

namespace Protean.EventStore.Schema;

/// <summary>
/// Brings the schema to what the code and a domain need. Any number of processes may do so at once, beside others that read and write: tables are made
/// in one transaction, and indexes of tables that are in use are built without keeping anybody from writing.
/// </summary>
internal sealed class SchemaMigration(PostgresDatabase database, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private readonly string _schema = database.Schema;

    public async Task EnsureAsync(IReadOnlyList<CollectionTable> collections, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
            await ServerCheck.RunAsync(connection, cancellationToken).ConfigureAwait(false);
            // Where nothing is missing nothing is asked for, so that a user without the right to create tables can work.
            var plan = await SchemaPlan.MakeAsync(connection, _schema, collections, cancellationToken).ConfigureAwait(false);
            if (plan.Tables.Count > 0)
                await MakeTablesAsync(connection, collections, cancellationToken).ConfigureAwait(false);
            if (plan.Indexes.Count > 0)
                await MakeIndexesAsync(connection, collections, cancellationToken).ConfigureAwait(false);
            if (plan.ArePositionsBehind)
                await MovePositionsAsync(cancellationToken).ConfigureAwait(false);
            if (!plan.IsEmpty)
                PostgresLog.SchemaChanged(logger, _schema, SchemaScripts.Current);
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

    private async Task MakeTablesAsync(NpgsqlConnection connection, IReadOnlyList<CollectionTable> collections, CancellationToken cancellationToken)
    {
        await using var transaction = await LockAsync(connection, cancellationToken).ConfigureAwait(false);
        var plan = await SchemaPlan.MakeAsync(connection, _schema, collections, cancellationToken).ConfigureAwait(false);
        foreach (var sql in plan.Tables)
            await RunAsync(connection, sql, cancellationToken).ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The lock is held by a transaction on one connection, where it is safe behind a pooler; on another the indexes are built, outside of any.</summary>
    private async Task MakeIndexesAsync(NpgsqlConnection connection, IReadOnlyList<CollectionTable> collections, CancellationToken cancellationToken)
    {
        await using var transaction = await LockAsync(connection, cancellationToken).ConfigureAwait(false);
        await using var builder = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        var plan = await SchemaPlan.MakeAsync(builder, _schema, collections, cancellationToken).ConfigureAwait(false);
        foreach (var change in plan.Indexes)
        {
            try
            {
                await RunAsync(builder, change.Sql, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception) when (change.Builds is not null)
            {
                await RemoveAsync(change.Builds).ConfigureAwait(false);
                throw;
            }
        }

        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>An index that could not be finished serves nobody, and costs everybody who writes.</summary>
    private async Task RemoveAsync(string index)
    {
        try
        {
            await using var connection = await database.OpenAsync(CancellationToken.None).ConfigureAwait(false);
            await RunAsync(connection, $"drop index concurrently if exists {_schema}.{index}", CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception error) when (PostgresFaults.IsFault(error))
        {
            PostgresLog.IndexNotRemoved(logger, index, error);
        }
    }

    private async Task MovePositionsAsync(CancellationToken cancellationToken) =>
        await database.LockedAsync($"select setval('{_schema}.positions', (select max(global_position) from {_schema}.messages))", static _ => { }, cancellationToken).ConfigureAwait(false);

    /// <summary>
    /// Asks for the lock again and again: who waited for it within a statement would be waited for by whoever builds an index, and both for ever.
    /// </summary>
    private async Task<NpgsqlTransaction> LockAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        while (true)
        {
            var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.ReadCommitted, cancellationToken).ConfigureAwait(false);
            try
            {
                if (await TryLockAsync(connection, cancellationToken).ConfigureAwait(false))
                    return transaction;
            }
            catch
            {
                await transaction.DisposeAsync().ConfigureAwait(false);
                throw;
            }

            await transaction.DisposeAsync().ConfigureAwait(false);
            await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<bool> TryLockAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"select pg_try_advisory_xact_lock({AdvisoryKey.ForSchema(_schema)})", connection);
        if (await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is not true)
            return false;
        // The transaction is idle for as long as an index is built. The answer to a question would keep a snapshot, which the building waits for; this has none.
        await RunAsync(connection, "set local idle_in_transaction_session_timeout = 0", cancellationToken).ConfigureAwait(false);
        return true;
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = PostgresDatabase.NoTimeout };
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }
}
