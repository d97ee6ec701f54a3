using Protean.Storage;

namespace Protean.Tests.Shop;

/// <summary>A shop in memory: its processes share one store.</summary>
internal sealed class MemoryShop(TimeProvider? time = null) : IShopStore
{
    private readonly InMemoryEventStore _store = new(time);

    public IEventStore Open() => new SharedStore(_store);

    public ValueTask DisposeAsync() => _store.DisposeAsync();
}
