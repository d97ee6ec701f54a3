using Protean.Storage;

namespace Protean.EventStore.Conformance;

/// <summary>What a store brings along so that the suite can test it.</summary>
public interface IStoreHarness : IAsyncDisposable
{
    /// <summary>Makes an empty store, apart from all others, and initializes it.</summary>
    Task<IEventStore> CreateAsync(StoreDefinition definition, CancellationToken cancellationToken);

    /// <summary>Lets the store's clock move on, by at least this much. The suite asks for a second at most.</summary>
    Task AdvanceClockAsync(TimeSpan span, CancellationToken cancellationToken);
}
