using Npgsql;

namespace Protean.EventStore.TestServer;

/// <summary>Drops what crashed runs left on a server that outlives them, as far as it can.</summary>
internal static class LeftDatabases
{
    private const string Candidates = """
        select datname, shobj_description(oid, 'pg_database') from pg_database
        where starts_with(datname, @prefix) and shobj_description(oid, 'pg_database') is not null
        """;

    public static async Task SweepAsync(string server, TimeProvider time, CancellationToken cancellationToken)
    {
        foreach (var name in await FindAsync(server, time, cancellationToken))
            await TryDropAsync(server, name, cancellationToken);
    }

    private static async Task TryDropAsync(string server, string name, CancellationToken cancellationToken)
    {
        try
        {
            await Administration.RunAsync(server, $"drop database if exists \"{name}\" with (force)", cancellationToken);
        }
        catch (PostgresException)
        {
            // Not ours to drop, or dropped by another run meanwhile: what is left will do no harm to this one.
        }
    }

    private static async Task<List<string>> FindAsync(string server, TimeProvider time, CancellationToken cancellationToken)
    {
        var found = new List<string>();
        await using var source = NpgsqlDataSource.Create(server);
        await using var command = source.CreateCommand(Candidates);
        command.Parameters.AddWithValue("prefix", DatabaseName.Prefix);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            if (DatabaseOwner.Parse(reader.GetString(1)) is { } owner && owner.HasLeft(time))
                found.Add(DatabaseName.Validated(reader.GetString(0)));
        }
        return found;
    }
}
