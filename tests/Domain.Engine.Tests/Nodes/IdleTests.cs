using Protean.Engine;
using Protean.Storage;
using Protean.Testing;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Nodes;

/// <summary>An engine with nothing to do leaves the store alone.</summary>
public sealed class IdleTests : EngineTests
{
    private const int Handlers = 200;

    /// <summary>For the beat of the node, and for its look at failures.</summary>
    private const int Waits = 2;

    private readonly FakeClock _clock = new();

    public IdleTests() => Clock = _clock;

    [Fact(Timeout = HangLimit)]
    public async Task Idle_WithManyHandlers_AsksTheStoreLittleMoreThanOnceASecond()
    {
        var (store, counted) = CountedStore.Over(new InMemoryEventStore(_clock));
        var shop = Shop(domain =>
        {
            for (var n = 0; n < Handlers; n++)
                domain.EventHandler<Order>().Named($"h{n}").On<OrderPlaced>((_, _) => { });
            domain.UseStore(_ => store);
        });
        await PlaceAsync(shop, 3);
        var engine = await StartAsync(shop);
        await Until(() => engine.Status.Subscriptions.All(s => s.Partitions is [{ State: PartitionState.Idle }]) && engine.Status.IsReady && _clock.Waiting == Waits);
        var before = counted.Count;

        for (var second = 0; second < 60; second++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            await Until(() => _clock.Waiting == Waits);
        }

        (counted.Count - before).ShouldBeInRange(60, 90);
    }
}
