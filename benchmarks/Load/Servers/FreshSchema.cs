using System.Security.Cryptography;
using Protean.Benchmarks.Load.Floors;
using Protean.EventStore;
using Protean.Storage;

namespace Protean.Benchmarks.Load.Servers;

/// <summary>
/// A schema of its own, made by the store itself, with the same messages in it each time, so that both sides work on the same table, columns and
/// indexes, filled alike.
/// </summary>
internal sealed class FreshSchema : IAsyncDisposable
{
    private const int Filled = 10_000;
    private static readonly StoreDefinition _definition = new("load", []);
    private readonly Postgres _postgres;

    private FreshSchema(Postgres postgres) => _postgres = postgres;

    public string Name { get; } = $"load_{RandomNumberGenerator.GetHexString(12, lowercase: true)}";

    /// <summary>The last global position in it.</summary>
    public long Head { get; private set; }

    public static Task<FreshSchema> CreateAsync(Postgres postgres, CancellationToken cancellationToken) => CreateAsync(
        postgres,
        async schema =>
        {
            await postgres.ExecuteAsync(MessagesTable.Fill(schema.Name, Filled), cancellationToken);
            return Filled;
        },
        cancellationToken);

    /// <summary>One that somebody else fills.</summary>
    /// <param name="postgres">The server.</param>
    /// <param name="fill">Puts messages into it; returns how many.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public static async Task<FreshSchema> CreateAsync(Postgres postgres, Func<FreshSchema, Task<int>> fill, CancellationToken cancellationToken)
    {
        var schema = new FreshSchema(postgres);
        try
        {
            await (await schema.OpenStoreAsync(cancellationToken)).DisposeAsync();
            schema.Head = await fill(schema);
            await postgres.ExecuteAsync($"vacuum (analyze) {schema.Name}.messages", cancellationToken);
            await postgres.CheckpointAsync(cancellationToken);
            return schema;
        }
        catch
        {
            await schema.DisposeAsync();
            throw;
        }
    }

    /// <summary>A store on this schema.</summary>
    public async Task<PostgresEventStore> OpenStoreAsync(CancellationToken cancellationToken)
    {
        var store = new PostgresEventStore(new() { ConnectionString = _postgres.ConnectionString, Schema = Name });
        try
        {
            await store.InitializeAsync(_definition, cancellationToken);
            return store;
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync() =>
        await _postgres.ExecuteAsync($"drop schema if exists {Name} cascade", CancellationToken.None);
}
