using Npgsql;

namespace Protean.Benchmarks.Load.Servers;

/// <summary>A server to measure on.</summary>
internal sealed class Postgres(string connectionString) : IAsyncDisposable
{
    // The floor keeps its connections and prepares by itself; nothing is pooled, so that nothing of one round lives on in the next.
    private readonly NpgsqlDataSource _connections =
        NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, Enlist = false, MaxAutoPrepare = 0 });

    public string ConnectionString { get; } = connectionString;

    public ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken) => _connections.OpenConnectionAsync(cancellationToken);

    public async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 300 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Lets both sides begin behind a checkpoint, so that none of them pays for the pages of the other. Not everybody may.</summary>
    public async Task CheckpointAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ExecuteAsync("checkpoint", cancellationToken);
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            // Then a checkpoint comes when the server thinks fit, for both sides alike.
        }
    }

    public ValueTask DisposeAsync() => _connections.DisposeAsync();
}
