using Npgsql;

namespace Protean.EventStore.TestServer;

/// <summary>Statements about databases, each on a connection of its own that leaves nothing behind in a pool.</summary>
internal static class Administration
{
    public static async Task RunAsync(string server, string sql, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(server) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The pools of this exact connection string; others are cut off by the server when it drops the database.</summary>
    public static void ClearPool(string connectionString)
    {
        using var connection = new NpgsqlConnection(connectionString);
        NpgsqlConnection.ClearPool(connection);
    }
}
