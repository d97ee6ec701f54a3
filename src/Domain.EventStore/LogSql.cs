namespace Protean.EventStore;

/// <summary>What several parts ask of the log.</summary>
internal static class LogSql
{
    public static ValueTask<long> ReadHeadAsync(PostgresDatabase database, CancellationToken cancellationToken) =>
        database.ScalarAsync<long>($"select coalesce(max(global_position), 0) from {database.Schema}.messages", static _ => { }, cancellationToken);
}
