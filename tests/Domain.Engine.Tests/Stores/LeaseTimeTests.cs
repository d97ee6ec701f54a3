using Protean.Engine;
using Protean.Testing;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Stores;

/// <summary>How much time, to the second, passes until a node has what another one has left.</summary>
public sealed class LeaseTimeTests : EngineTests
{
    private const int LeaseSeconds = 15;

    /// <summary>For its beat, and for its look at failures.</summary>
    private const int WaitsOfANode = 2;

    private readonly FakeClock _clock;

    public LeaseTimeTests() : this(new FakeClock())
    {
    }

    private LeaseTimeTests(FakeClock clock) : base(new MemoryShop(clock)) => Clock = _clock = clock;

    [Fact(Timeout = HangLimit)]
    public async Task Node_ThatSaysNothingMore_KeepsItsPartitionsForItsLeaseTimeAndNotABeatLonger()
    {
        var (first, guard, second) = await TwoNodesAsync();
        guard.IsAway = true;

        await PassAsync(LeaseSeconds - 1);
        (Owned(first), Owned(second)).ShouldBe((2, 2));
        await PassAsync(2);

        await Until(() => Owned(second) == 4);
        guard.IsAway = false;
    }

    [Fact(Timeout = HangLimit)]
    public async Task Node_ThatStops_HasHandedOverAtTheNextBeat()
    {
        var (first, _, second) = await TwoNodesAsync();

        await first.StopAsync(Cancellation);
        await Until(() => _clock.Waiting == WaitsOfANode);
        _clock.Advance(TimeSpan.FromSeconds(1));

        await Until(() => Owned(second) == 4);
    }

    /// <summary>Lets seconds pass one by one, each when everybody waits for the next.</summary>
    private async Task PassAsync(int seconds)
    {
        for (var second = 0; second < seconds; second++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            await Until(() => _clock.Waiting >= 2 * WaitsOfANode);
        }
    }

    private async Task<(DomainEngine First, GuardedStore Guard, DomainEngine Second)> TwoNodesAsync()
    {
        GuardedStore? guard = null;
        var first = await NodeAsync("a", stores => guard = new GuardedStore(stores.Open()));
        var second = await NodeAsync("b", stores => stores.Open());
        await Until(() =>
        {
            if ((Owned(first), Owned(second)) == (2, 2))
                return true;
            _clock.Advance(TimeSpan.FromSeconds(1));
            return false;
        });
        await Until(() => first.Status.IsReady && second.Status.IsReady && _clock.Waiting == 2 * WaitsOfANode);
        await PassAsync(1);
        return (first, guard!, second);
    }

    private Task<DomainEngine> NodeAsync(string node, Func<IShopStore, Storage.IEventStore> open) => StartAsync(
        Shop(domain => domain.EventHandler<Order>().Partitions(4).On<OrderPlaced>((_, _) => { }), open),
        o => (o.Node, o.LeaseTime, o.DrainLimit) = (node, TimeSpan.FromSeconds(LeaseSeconds), TimeSpan.Zero));
}
