using Protean.Engine;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Streams;

/// <summary>Several nodes get their messages through one broker.</summary>
public sealed class StreamNodesTests : EngineTests
{
    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(1);

    private readonly WatchedBroker _broker = new();

    /// <summary>How often an order was counted.</summary>
    public sealed class Tally : Aggregate
    {
        public int Times { get; set; }

        public static Tally Of(string id) => new() { Id = id };
    }

    [Fact(Timeout = HangLimit)]
    public async Task Nodes_ShareThePartitions_AndTakeOverFromOneThatStops()
    {
        var (one, two) = (Streaming(), Streaming());
        var first = await StartAsync(one, o => o.LeaseTime = LeaseTime);
        var second = await StartAsync(two, o => o.LeaseTime = LeaseTime);
        // Five in all, with that of the relay: which of the two has it is open, and with it who has two of the handler's and who has three.
        await Until(() => Idle(first) is 2 or 3 && Idle(first) + Idle(second) == 5 && Partitions(first) > 0 && Partitions(second) > 0);

        await PlaceAsync(one, 30);
        await PlaceAsync(two, 30, n => $"o{30 + n}");
        await Until(() => CountedAsync(one, 60));
        await first.StopAsync(Cancellation);
        await PlaceAsync(two, 30, n => $"o{60 + n}");
        await Until(() => CountedAsync(one, 90));

        (await two.Repository<Tally>().QueryAsync(t => t.Times > 1, cancellationToken: Cancellation)).ShouldBeEmpty();
        _broker.Delivered.ShouldBeGreaterThan(60);
    }

    private static int Partitions(DomainEngine engine) => engine.Status.Subscriptions.Single(s => s.Handler == "tally").Partitions.Count;

    private static int Idle(DomainEngine engine) => engine.Status.Subscriptions.Sum(s => s.Partitions.Count(p => p.State == PartitionState.Idle));

    private static async Task<bool> CountedAsync(Domain shop, int orders)
    {
        for (var n = orders; n >= 1; n--)
        {
            if (!await shop.Repository<Tally>().ExistsAsync($"o{n}", Cancellation))
                return false;
        }

        return true;
    }

    private Domain Streaming() => Shop(domain =>
    {
        domain.Aggregate<Tally>();
        domain.UseBroker(_ => _broker);
        domain.EventHandler<Order>().Named("tally").Subscription(SubscriptionType.Stream).Partitions(4).On<OrderPlaced>(async (e, context) =>
        {
            var tallies = context.Repository<Tally>();
            var tally = await tallies.FindAsync(e.OrderId) ?? Tally.Of(e.OrderId);
            tally.Times++;
            await tallies.SaveAsync(tally);
        });
    });
}
