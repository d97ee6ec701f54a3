using Npgsql;
using Protean.EventStore.Conformance;
using Protean.EventStore.TestServer;
using Xunit;

namespace Protean.EventStore.Tests.Stores;

/// <summary>An empty database for each test.</summary>
public abstract class EmptyDatabaseTests : IAsyncLifetime
{
    /// <summary>Milliseconds after which a test that waits for a broken store gives up, so that it fails and does not hang.</summary>
    protected const int HangLimit = 60_000;

    private readonly List<IAsyncDisposable> _opened = [];
    private TestDatabase _database = null!;

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    protected Sql Sql { get; private set; } = null!;

    protected string ConnectionString => _database.ConnectionString;

    protected string DatabaseName => _database.Name;

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync(cancellationToken: Cancellation);
        Sql = new(_database.ConnectionString);
    }

    public async ValueTask DisposeAsync()
    {
        for (var i = _opened.Count - 1; i >= 0; i--)
            await _opened[i].DisposeAsync();
        await Sql.DisposeAsync();
        await _database.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected PostgresEventStore Make(Action<PostgresStoreOptions>? configure = null)
    {
        var options = new PostgresStoreOptions { ConnectionString = ConnectionString };
        configure?.Invoke(options);
        var store = new PostgresEventStore(options);
        _opened.Add(store);
        return store;
    }

    protected async Task<PostgresEventStore> OpenAsync(Action<PostgresStoreOptions>? configure = null, Protean.Storage.StoreDefinition? definition = null)
    {
        var store = Make(configure);
        await store.InitializeAsync(definition ?? Sample.Definition, Cancellation);
        return store;
    }

    /// <summary>The connection string of another user, or of one with other settings.</summary>
    protected string With(Action<NpgsqlConnectionStringBuilder> change)
    {
        var builder = new NpgsqlConnectionStringBuilder(ConnectionString);
        change(builder);
        return builder.ConnectionString;
    }
}
