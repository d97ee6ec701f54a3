using System.Security.Cryptography;
using Npgsql;
using Protean.Benchmarks.Chaos.Stores;
using Protean.EventStore.TestServer;

namespace Protean.Benchmarks.Chaos.Running;

/// <summary>Where a run takes place: a server of its own, a schema on a server that was named, or a file. Nothing of it is left.</summary>
internal sealed class Venue : IAsyncDisposable
{
    private readonly Func<ValueTask> _remove;

    private Venue(StoreAddress address, string description, Func<ValueTask> remove, PostgresServer? server = null)
    {
        Address = address;
        Description = description;
        Server = server;
        _remove = remove;
    }

    public StoreAddress Address { get; }

    public string Description { get; }

    /// <summary>The server, if it is this run's own to stop and start.</summary>
    public PostgresServer? Server { get; }

    /// <param name="choice">Which store it is to be.</param>
    /// <param name="prepare">Makes the empty store ready for the run.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public static async Task<Venue> OpenAsync(StoreChoice choice, Func<StoreAddress, CancellationToken, Task> prepare, CancellationToken cancellationToken)
    {
        var venue = choice switch
        {
            { Sqlite: true } => OnFile(),
            { Postgres: { } named } => OnNamed(named),
            _ => await OnPrivateAsync(cancellationToken),
        };
        try
        {
            await prepare(venue.Address, cancellationToken);
            return venue;
        }
        catch
        {
            await venue.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _remove();

    private static Venue OnFile()
    {
        var directory = Directory.CreateTempSubdirectory("protean-chaos-").FullName;
        return new(new(Schema: null, Path.Combine(directory, "chaos.db")), "one SQLite file", () =>
        {
            Directory.Delete(directory, recursive: true);
            return default;
        });
    }

    private static Venue OnNamed(string connectionString)
    {
        var schema = NewSchema();
        return new(new(schema, connectionString), $"PostgreSQL as named, schema {schema}", () => DropAsync(connectionString, schema));
    }

    private static async Task<Venue> OnPrivateAsync(CancellationToken cancellationToken)
    {
        var server = await PostgresServer.StartAsync(new() { Durable = true }, cancellationToken);
        return new(new(NewSchema(), server.ConnectionString()), "a private PostgreSQL server, durable", server.DisposeAsync, server);
    }

    private static string NewSchema() => $"chaos_{RandomNumberGenerator.GetHexString(12, lowercase: true)}";

    private static async ValueTask DropAsync(string connectionString, string schema)
    {
        await using var connections = NpgsqlDataSource.Create(connectionString);
        // Those that were made beside it begin with its name.
        await using var drop = connections.CreateCommand(
            $"""
            do $$
            declare found name;
            begin
              for found in select nspname from pg_namespace where starts_with(nspname, '{schema}') loop
                execute format('drop schema %I cascade', found);
              end loop;
            end $$
            """);
        await drop.ExecuteNonQueryAsync();
    }
}

/// <summary>Which store was asked for; a private server if neither is named.</summary>
/// <param name="Postgres">The connection string of a server.</param>
/// <param name="Sqlite">Whether it is SQLite.</param>
internal sealed record StoreChoice(string? Postgres, bool Sqlite);
