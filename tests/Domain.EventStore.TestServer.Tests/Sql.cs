using Npgsql;

namespace Protean.EventStore.TestServer.Tests;

internal static class Sql
{
    /// <summary>Runs one statement on a connection of its own.</summary>
    public static async Task<object?> RunAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    public static async Task<bool> HasDatabaseAsync(string connectionString, string name) =>
        (bool)(await RunAsync(connectionString, $"select exists (select from pg_database where datname = '{name}')"))!;
}
