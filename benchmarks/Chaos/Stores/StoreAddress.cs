using Protean.EventStore;
using Protean.EventStore.Sqlite;
using Protean.Storage;

namespace Protean.Benchmarks.Chaos.Stores;

/// <summary>Where the store of a run is: a schema of a PostgreSQL database, or a file.</summary>
/// <param name="Schema">The schema, if it is PostgreSQL.</param>
/// <param name="Place">The connection string or the path.</param>
internal sealed record StoreAddress(string? Schema, string Place)
{
    // Not among the arguments, which everybody on the machine can read: the place can hold a password.
    private const string SchemaVariable = "PROTEAN_CHAOS_SCHEMA";
    private const string PlaceVariable = "PROTEAN_CHAOS_PLACE";

    public const string Collection = "chaos:documents";

    private static readonly StoreDefinition _definition = new("chaos", [new(Collection, [])]);

    /// <summary>What the table of the user's own is called in SQL.</summary>
    public string RowsTable => Schema is null ? "chaos_rows" : $"{Schema}.chaos_rows";

    /// <returns>Nothing if this process was not started by a run.</returns>
    public static StoreAddress? FromEnvironment() =>
        Environment.GetEnvironmentVariable(PlaceVariable) is { Length: > 0 } place
            ? new(Environment.GetEnvironmentVariable(SchemaVariable) is { Length: > 0 } schema ? schema : null, place)
            : null;

    /// <summary>Another store on the same server, or in the same directory.</summary>
    public StoreAddress Beside(string name) =>
        Schema is null ? this with { Place = Path.Combine(Path.GetDirectoryName(Place)!, $"{name}.db") } : this with { Schema = $"{Schema}_{name}" };

    public void WriteTo(IDictionary<string, string?> environment)
    {
        environment[SchemaVariable] = Schema ?? "";
        environment[PlaceVariable] = Place;
    }

    public IEventStore Open() => Schema is null ? new SqliteEventStore(Place) : new PostgresEventStore(new() { ConnectionString = Place, Schema = Schema });

    public static ValueTask InitializeAsync(IEventStore store, CancellationToken cancellationToken) => store.InitializeAsync(_definition, cancellationToken);
}
