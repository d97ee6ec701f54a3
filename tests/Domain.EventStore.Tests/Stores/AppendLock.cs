using Npgsql;
using Protean.EventStore.Schema;

namespace Protean.EventStore.Tests.Stores;

/// <summary>The lock that whoever appends must hold, held by a session that has nothing to do with any store.</summary>
public sealed class AppendLock : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;

    private AppendLock(NpgsqlConnection connection, NpgsqlTransaction transaction)
    {
        _connection = connection;
        _transaction = transaction;
    }

    /// <summary>How many sessions wait for it, as SQL.</summary>
    public static string Waiting(string schema)
    {
        var key = unchecked((ulong)AdvisoryKey.ForAppends(schema));
        return $"(select count(*) from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database()) and classid = {key >> 32} and objid = {key & uint.MaxValue})";
    }

    public static async Task<AppendLock> TakeAsync(string connectionString, string schema)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        var transaction = await connection.BeginTransactionAsync();
        await using var command = new NpgsqlCommand($"select pg_advisory_xact_lock({AdvisoryKey.ForAppends(schema)})", connection, transaction);
        await command.ExecuteNonQueryAsync();
        return new(connection, transaction);
    }

    public Task ReleaseAsync() => _transaction.RollbackAsync();

    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
