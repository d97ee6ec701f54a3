using Microsoft.Data.Sqlite;
using Protean.EventStore.Conformance;
using Protean.Storage;
using Xunit;

namespace Protean.EventStore.Sqlite.Tests;

/// <summary>A file for each test, as many stores on it as the test opens, and the short words that the tests are written in.</summary>
public abstract class SqliteTest : IAsyncLifetime
{
    /// <summary>Milliseconds after which a test that waits for a broken store gives up.</summary>
    protected const int HangLimit = 60_000;

    private readonly TempFile _file = new();
    private readonly List<SqliteEventStore> _stores = [];

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    protected string Folder => _file.Folder;

    protected string FilePath => _file.Path;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var store in _stores)
            await store.DisposeAsync();
        _file.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>A store that nobody has initialized yet.</summary>
    protected SqliteEventStore Store(Action<SqliteStoreOptions>? configure = null, TimeProvider? time = null)
    {
        var options = new SqliteStoreOptions { Path = FilePath };
        configure?.Invoke(options);
        var store = new SqliteEventStore(options, time);
        _stores.Add(store);
        return store;
    }

    protected async Task<SqliteEventStore> OpenAsync(Action<SqliteStoreOptions>? configure = null, StoreDefinition? definition = null)
    {
        var store = Store(configure);
        await store.InitializeAsync(definition ?? Sample.Definition, Cancellation);
        return store;
    }

    protected static async Task<CommitResult> AppendAsync(IEventStore store, string id, int count = 1, long expectedVersion = ExpectedVersion.Any) =>
        await store.CommitAsync(Commits.Append(Sample.StreamOf(id), expectedVersion, Sample.Messages(count)), Cancellation);

    protected static async Task<IReadOnlyList<StoredMessage>> LogAsync(IEventStore store) =>
        (await store.ReadLogAsync(new() { After = 0, MaxCount = int.MaxValue }, Cancellation)).Messages;

    protected static async Task<List<StoreFinding>> VerifyAsync(IEventStore store) =>
        await store.VerifyAsync([new(Sample.Views, Sample.Category)], Cancellation).ToListAsync(Cancellation);

    /// <summary>A bare connection beside the store.</summary>
    protected SqliteConnection Connect()
    {
        var connection = new SqliteConnection($"Data Source={FilePath};Pooling=False");
        connection.Open();
        return connection;
    }

    protected void Run(string sql)
    {
        using var connection = Connect();
        Run(connection, sql);
    }

    protected static void Run(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    protected object? Scalar(string sql)
    {
        using var connection = Connect();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
