using System.Collections.Concurrent;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Nodes;

/// <summary>Two versions of a program on one store, as during a deployment.</summary>
public sealed class RollingTests : EngineTests
{
    private readonly ConcurrentQueue<string> _handled = new();

    [Fact(Timeout = HangLimit)]
    public async Task NewVersion_ThatHandlesMoreTypes_LosesNoneOfThem()
    {
        var old = Shop(domain => domain.EventHandler<Order>().Named("audit").On<OrderPlaced>(Note));
        var first = await StartAsync(old, o => o.Node = "old");
        await Until(() => first.Status.Subscriptions.Single().Partitions.Count == 1);

        var next = Shop(domain => domain.EventHandler<Order>().Named("audit").On<OrderPlaced>(Note).On<OrderShipped>(Note));
        var second = await StartAsync(next, o => o.Node = "new");
        await Until(() => second.Status.IsReady && second.Status.Subscriptions.Single().Partitions.Count == 1);
        // The new version is ready, so its callers may come; the old one is still there.
        await PlaceAsync(next, 20);
        for (var n = 1; n <= 20; n++)
        {
            var order = await next.Repository<Order>().GetAsync($"o{n}", Cancellation);
            order.Ship();
            await next.Repository<Order>().SaveAsync(order, Cancellation);
        }

        await second.WaitUntilCaughtUpAsync(Cancellation);
        await first.StopAsync(Cancellation);

        _handled.Where(h => h.StartsWith("shipped", StringComparison.Ordinal)).ShouldBe(Enumerable.Range(1, 20).Select(n => $"shipped o{n}"));
        _handled.Where(h => h.StartsWith("placed", StringComparison.Ordinal)).ShouldBe(Enumerable.Range(1, 20).Select(n => $"placed o{n}"));
    }

    private void Note(OrderPlaced e, HandlerContext context) => _handled.Enqueue($"placed {e.OrderId}");

    private void Note(OrderShipped e, HandlerContext context) => _handled.Enqueue($"shipped {e.OrderId}");
}
