using Npgsql;

namespace Protean.EventStore.Schema;

/// <summary>Whether a server and a database are such that the store can keep its promises on them.</summary>
internal static class ServerCheck
{
    private const int OldestVersion = 150000;

    public static async Task RunAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            select current_setting('server_version_num')::integer, current_setting('server_version'), current_setting('server_encoding'),
                   current_setting('default_transaction_isolation'), pg_is_in_recovery()
            """,
            connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (reader.GetBoolean(4))
            throw new StoreUnavailableException(PostgresFaults.Store, "the server is in recovery, as a standby is, and takes no writes: connect to the primary");
        if (reader.GetInt32(0) < OldestVersion)
            throw new StoreSchemaException(PostgresFaults.Store, $"the server has version {reader.GetString(1)}, and 15 is the oldest that will do.");
        if (reader.GetString(2) != "UTF8")
            throw new StoreSchemaException(PostgresFaults.Store, $"the database has the encoding {reader.GetString(2)}, and needs UTF8: create it with ENCODING 'UTF8'.");
        if (reader.GetString(3) != "read committed")
        {
            throw new StoreSchemaException(
                PostgresFaults.Store,
                $"default_transaction_isolation is '{reader.GetString(3)}', under which the order of commits would be lost: set it to 'read committed' for this database or user.");
        }
    }
}
