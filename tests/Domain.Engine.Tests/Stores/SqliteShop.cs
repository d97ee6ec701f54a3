using Protean.EventStore.Sqlite;
using Protean.Storage;
using Protean.Tests.Shop;

namespace Protean.Tests.Stores;

/// <summary>A shop in a SQLite file.</summary>
internal sealed class SqliteShop : IShopStore
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("protean-shop-");

    public IEventStore Open() => new SqliteEventStore(Path.Combine(_directory.FullName, "shop.db"));

    public ValueTask DisposeAsync()
    {
        _directory.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }
}
