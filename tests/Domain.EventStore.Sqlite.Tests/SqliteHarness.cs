using Protean.EventStore.Conformance;
using Protean.Storage;

namespace Protean.EventStore.Sqlite.Tests;

internal sealed class SqliteHarness : IStoreHarness
{
    private readonly TempFile _file = new();
    private readonly ManualClock _clock = new();

    public async Task<IEventStore> CreateAsync(StoreDefinition definition, CancellationToken cancellationToken)
    {
        var store = new SqliteEventStore(_file.Path, _clock);
        await store.InitializeAsync(definition, cancellationToken);
        return store;
    }

    public Task AdvanceClockAsync(TimeSpan span, CancellationToken cancellationToken)
    {
        _clock.Now += span;
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _file.Dispose();
        return ValueTask.CompletedTask;
    }
}
