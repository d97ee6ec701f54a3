using Npgsql;
using Protean;

namespace InventoryOrders.Hosting;

/// <summary>Where a program keeps the shop. The domain does not know.</summary>
public sealed class ShopStore : IAsyncDisposable
{
    private readonly Action<DomainBuilder> _use;
    private readonly Action? _cleanUp;

    private ShopStore(string description, Action<DomainBuilder> use, Action? cleanUp = null)
    {
        Description = description;
        _use = use;
        _cleanUp = cleanUp;
    }

    /// <summary>What can be told of it: no server, no password.</summary>
    public string Description { get; }

    public static ShopStore InMemory() => new("memory", domain => domain.UseInMemory());

    /// <summary>A SQLite file, which is made if it is not there.</summary>
    public static ShopStore File(string path) => new($"the SQLite file {path}", domain => domain.UseSqlite(path));

    /// <summary>A fresh SQLite file, which is removed in the end.</summary>
    public static ShopStore TemporaryFile()
    {
        var folder = Directory.CreateTempSubdirectory("inventory-orders-");
        return new("a temporary SQLite file", domain => domain.UseSqlite(Path.Combine(folder.FullName, "shop.db")), () => folder.Delete(recursive: true));
    }

    public static ShopStore Postgres(string connectionString) => new("a PostgreSQL database", domain => domain.UsePostgres(connectionString));

    public static bool IsConnectionString(string text)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(text).Host is { Length: > 0 };
        }
        catch (Exception error) when (error is ArgumentException or FormatException or KeyNotFoundException)
        {
            return false;
        }
    }

    /// <summary>Has the domain use it.</summary>
    public void AddTo(DomainBuilder domain) => _use(domain);

    /// <summary>To be called when the host that uses it is disposed.</summary>
    public ValueTask DisposeAsync()
    {
        _cleanUp?.Invoke();
        return ValueTask.CompletedTask;
    }
}
