using System.Collections.Concurrent;
using Protean.Engine;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Nodes;

/// <summary>What goes wrong when versions of a program differ, or one node works for another.</summary>
public sealed class MixedVersionTests : EngineTests
{
    private readonly ConcurrentQueue<string> _handled = new();

    [Fact(Timeout = HangLimit)]
    public async Task NewVersion_ThatHandlesAnotherTypeInPlaceOfOne_TakesTheHandlerOver()
    {
        var old = Shop(domain => domain.EventHandler<Order>().Named("audit").On<OrderPlaced>((_, _) => { }));
        var first = await StartAsync(old, o => o.Node = "a-old");
        await Until(() => first.Status.Subscriptions.Single().Partitions.Count == 1);

        var next = Shop(domain => domain.EventHandler<Order>().Named("audit").On<OrderShipped>((e, _) => _handled.Enqueue(e.OrderId)));
        var second = await StartAsync(next, o => o.Node = "b-new");
        await Until(() => second.Status.Subscriptions.Single().Partitions.Count == 1);
        await PlaceAsync(next, 1);
        var order = await next.Repository<Order>().GetAsync("o1", Cancellation);
        order.Ship();
        await next.Repository<Order>().SaveAsync(order, Cancellation);

        await Until(() => _handled.Contains("o1"));
    }

    [Fact(Timeout = HangLimit)]
    public async Task Rebuild_AskedForOnAnotherNode_LosesNoDeletionThatFollows()
    {
        void Declare(DomainBuilder domain) => domain.Projection<BookSales>().From<Order>()
            .On<OrderPlaced>(e => e.OrderId, (view, _) => view with { Ordered = 1 })
            .Delete<OrderShipped>(e => e.OrderId);
        var shop = Shop(Declare);
        await PlaceAsync(shop, 20);
        var keeper = await StartAsync(shop, o => (o.Node, o.LeaseTime) = ("keeper", TimeSpan.FromSeconds(1)));
        await keeper.WaitUntilCaughtUpAsync(Cancellation);
        var other = Engine(Shop(Declare), o => o.Node = "other");

        for (var n = 1; n <= 20; n++)
        {
            if (n % 5 == 0)
                await other.RebuildAsync<BookSales>(cancellationToken: Cancellation);
            var order = await shop.Repository<Order>().GetAsync($"o{n}", Cancellation);
            order.Ship();
            await shop.Repository<Order>().SaveAsync(order, Cancellation);
        }

        await keeper.WaitUntilCaughtUpAsync<BookSales>(cancellationToken: Cancellation);
        (await shop.View<BookSales>().CountAsync(cancellationToken: Cancellation)).ShouldBe(0);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Repartitioning_OfAHandlerThatHasStopped_GivesUpAndHoldsUpNobody()
    {
        DomainEngine node;
        void Declare(DomainBuilder domain, int partitions)
        {
            domain.EventHandler<Order>().Named("stopping").Partitions(partitions).OnFailure(FailurePolicy.Stop)
                .On<OrderPlaced>((e, _) =>
                {
                    if (e.OrderId == "o1")
                        throw new InvalidOperationException("no");
                });
            domain.EventHandler<Order>().Named("sound").On<OrderPlaced>((e, _) => _handled.Enqueue(e.OrderId));
        }

        var shop = Shop(domain => Declare(domain, 2));
        await PlaceAsync(shop, 10);
        await using (node = new DomainEngine(shop))
        {
            await node.StartAsync(Cancellation);
            await Until(() => node.Status.Subscriptions.Any(s => s.Partitions.Any(p => p.State == PartitionState.Halted)) && _handled.Count == 10);
            await Until(() => node.Status.Subscriptions.SelectMany(s => s.Partitions).Count(p => p.State == PartitionState.Idle) == 2);
        }

        var next = Shop(domain => Declare(domain, 4));
        var second = await StartAsync(next);
        await PlaceAsync(next, 3, n => $"p{n}");

        await Until(() => _handled.Count == 13);
        await Until(() => second.Status.Subscriptions.Single(s => s.Name == "shop::stopping").Partitions.Count == 2);
        Log.Lines.ShouldContain(l => l.Id == 2037);
    }
}
