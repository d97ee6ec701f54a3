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
    public long Head => Filled;

    public static async Task<FreshSchema> CreateAsync(Postgres postgres, CancellationToken cancellationToken)
    {
        var schema = new FreshSchema(postgres);
        try
        {
            await (await schema.OpenStoreAsync(cancellationToken)).DisposeAsync();
            await postgres.ExecuteAsync(MessagesTable.Fill(schema.Name, Filled), cancellationToken);
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
