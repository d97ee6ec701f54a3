using InventoryOrders.Hosting;
using Protean.EventStore.TestServer;
using Xunit;

namespace InventoryOrders.Tests.Hosting;

/// <summary>Where the shop of one test is kept. When it is disposed, the hosts that used it are gone.</summary>
public interface IShopPlace : IAsyncDisposable
{
    /// <summary>Opens it as another program would.</summary>
    ShopStore Open();
}

internal sealed class MemoryPlace : IShopPlace
{
    public ShopStore Open() => ShopStore.InMemory();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

internal sealed class SqlitePlace : IShopPlace
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("inventory-orders-tests-");

    public ShopStore Open() => ShopStore.File(Path.Combine(_folder.FullName, "shop.db"));

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }
}

/// <summary>The tests of a class share a database, as runs of the program do.</summary>
internal sealed class PostgresPlace(ShopDatabase database) : IShopPlace
{
    public ShopStore Open() => ShopStore.Postgres(database.ConnectionString);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>The database of a test class.</summary>
public sealed class ShopDatabase : IAsyncLifetime
{
    private TestDatabase? _database;

    public string ConnectionString => _database!.ConnectionString;

    public async ValueTask InitializeAsync() => _database = await TestDatabase.CreateAsync();

    public ValueTask DisposeAsync() => _database?.DisposeAsync() ?? ValueTask.CompletedTask;
}
