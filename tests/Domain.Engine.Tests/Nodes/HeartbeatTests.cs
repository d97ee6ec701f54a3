using Protean.Engine;
using Protean.Storage;
using Protean.Testing;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Nodes;

/// <summary>A node says that it is alive, whatever else it cannot do.</summary>
public sealed class HeartbeatTests : EngineTests
{
    private readonly FakeClock _time = new();
    private readonly FailingStore _store;

    public HeartbeatTests()
    {
        Clock = _time;
        _store = new(Store);
    }

    [Theory(Timeout = HangLimit)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Partitions_ThatCannotBeLookedAt_KeepNoNodeFromSayingThatItIsAlive(bool fromTheStart)
    {
        _store.Fails = fromTheStart;
        var shop = Shop(domain =>
        {
            domain.UseStore(_ => _store);
            domain.EventHandler<Order>().On<OrderPlaced>((_, _) => { });
        });
        var engine = await StartAsync(shop, o => o.LeaseTime = TimeSpan.FromSeconds(3));
        if (!fromTheStart)
            await Until(() => engine.Status.IsReady);
        _store.Fails = true;

        for (var beat = 0; beat < 12; beat++)
        {
            var before = _store.Heartbeats;
            var looks = 0;
            await Until(() =>
            {
                if (_store.Heartbeats > before)
                    return true;
                // Others wait for the clock, too: once more, in case the beat was not waiting yet.
                if (_time.Waiting >= 2 && looks++ % 100 == 0)
                    _time.Advance(TimeSpan.FromSeconds(1));
                return false;
            });
        }

        Log.Lines.Count(l => l.Id == 2003).ShouldBeInRange(1, 5);
        _store.Fails = false;
        await Until(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return engine.Status.IsReady && engine.Status.Subscriptions.Single().Partitions.Count == 1;
        });
    }

    /// <summary>A store that cannot say who owns what.</summary>
    private sealed class FailingStore(IEventStore store) : ReadThroughStore(store), IEventStore
    {
        private int _heartbeats;

        public volatile bool Fails;

        public int Heartbeats => Volatile.Read(ref _heartbeats);

        ValueTask<IReadOnlyList<Checkpoint>> IEventStore.ListCheckpointsAsync(string? name, CancellationToken cancellationToken) =>
            Fails ? throw new StoreUnavailableException("test", "it is away") : Store.ListCheckpointsAsync(name, cancellationToken);

        ValueTask<IReadOnlyList<NodeStatus>> IEventStore.HeartbeatAsync(Heartbeat heartbeat, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _heartbeats);
            return Store.HeartbeatAsync(heartbeat, cancellationToken);
        }
    }
}
