using Protean.EventStore.Conformance;
using Protean.EventStore.Tests.Conformance;
using Protean.Storage;
using Xunit;

namespace Protean.EventStore.Tests.Stores;

/// <summary>One schema for each test, in the database of its class, and the short words that the tests are written in.</summary>
public abstract class PostgresTests(ConformanceDatabase database) : IAsyncLifetime, IClassFixture<ConformanceDatabase>
{
    /// <summary>Milliseconds after which a test that waits for a broken store gives up, so that it fails and does not hang.</summary>
    protected const int HangLimit = 60_000;

    private readonly List<IAsyncDisposable> _opened = [];

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    protected string Schema { get; } = database.NextSchema();

    /// <summary>The database itself, beside every store.</summary>
    protected Sql Sql { get; } = new(database.ConnectionString);

    /// <summary>How the stores of the test connect.</summary>
    protected virtual string ConnectionString => database.ConnectionString;

    public virtual ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public virtual async ValueTask DisposeAsync()
    {
        for (var i = _opened.Count - 1; i >= 0; i--)
            await _opened[i].DisposeAsync();
        await Sql.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>A store that was not initialized.</summary>
    protected PostgresEventStore Make(Action<PostgresStoreOptions>? configure = null, TimeProvider? time = null)
    {
        var options = new PostgresStoreOptions { ConnectionString = ConnectionString, Schema = Schema };
        configure?.Invoke(options);
        return Track(new PostgresEventStore(options, time));
    }

    protected async Task<PostgresEventStore> OpenAsync(Action<PostgresStoreOptions>? configure = null, StoreDefinition? definition = null, TimeProvider? time = null)
    {
        var store = Make(configure, time);
        await store.InitializeAsync(definition ?? Sample.Definition, Cancellation);
        return store;
    }

    /// <summary>Is disposed at the end of the test, after everything that came later.</summary>
    protected T Track<T>(T disposable)
        where T : IAsyncDisposable
    {
        _opened.Add(disposable);
        return disposable;
    }

    /// <summary>Keeps everybody from appending until it is released.</summary>
    protected async Task<AppendLock> HoldAppendLockAsync() => Track(await AppendLock.TakeAsync(Sql.ConnectionString, Schema));

    /// <summary>Waits until as many sessions of this schema wait for the append lock.</summary>
    protected Task UntilWaitingForLockAsync(int count) => Sql.UntilAsync($"{AppendLock.Waiting(Schema)} >= {count}");
}
