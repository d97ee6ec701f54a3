using Protean.EventStore;
using Protean.EventStore.TestServer;
using Protean.Storage;
using Protean.Tests.Shop;
using Xunit;

namespace Protean.Tests.Stores;

/// <summary>A shop in a schema of its own.</summary>
internal sealed class PostgresShop(string connectionString, string schema, Action<PostgresStoreOptions>? configure = null) : IShopStore
{
    public PostgresShop(ShopDatabase database) : this(database.ConnectionString, database.NextSchema())
    {
    }

    public IEventStore Open() => Open(connectionString, configure);

    /// <summary>Opens the data on another way to it.</summary>
    public IEventStore Open(string connection, Action<PostgresStoreOptions>? change = null)
    {
        var options = new PostgresStoreOptions { ConnectionString = connection, Schema = schema, PollInterval = TimeSpan.FromMilliseconds(100) };
        change?.Invoke(options);
        return new PostgresEventStore(options);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>The database of a test class, copied from a template that has the schema already. Each shop after the first makes a schema of its own.</summary>
public sealed class ShopDatabase : IAsyncLifetime
{
    private TestDatabase? _database;
    private int _shops;

    public string ConnectionString => _database!.ConnectionString;

    public string NextSchema() => Interlocked.Increment(ref _shops) is var number && number == 1 ? "protean" : $"protean_{number}";

    public async ValueTask InitializeAsync() => _database = await TestDatabase.CreateFromTemplateAsync("shop", PrepareAsync);

    public ValueTask DisposeAsync() => _database?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static async Task PrepareAsync(string connectionString)
    {
        await using var store = new PostgresEventStore(new() { ConnectionString = connectionString });
        await store.InitializeAsync(new("shop", []));
    }
}
