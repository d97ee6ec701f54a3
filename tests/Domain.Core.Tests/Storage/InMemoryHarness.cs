using Protean.EventStore.Conformance;
using Protean.Storage;

namespace Protean.Tests.Storage;

internal sealed class InMemoryHarness : IStoreHarness
{
    private readonly ManualClock _clock = new();

    public async Task<IEventStore> CreateAsync(StoreDefinition definition, CancellationToken cancellationToken)
    {
        var store = new InMemoryEventStore(_clock);
        await store.InitializeAsync(definition, cancellationToken);
        return store;
    }

    public Task AdvanceClockAsync(TimeSpan span, CancellationToken cancellationToken)
    {
        _clock.Now += span;
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class ManualClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
