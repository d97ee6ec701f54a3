using System.Collections.Concurrent;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Nodes;

/// <summary>What was under way when a handler got another name.</summary>
public sealed class RenamedWorkTests : EngineTests
{
    private readonly ConcurrentQueue<(string Name, string Method)> _handled = new();

    [Fact(Timeout = HangLimit)]
    public async Task Marks_OfMethodsThatAreDone_FollowTheName()
    {
        TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        void Declare(AggregateEventHandlerBuilder<Order> handler, string name, bool waits) => handler.Named(name)
            .On<OrderPlaced>((e, context) =>
            {
                _handled.Enqueue((name, "first"));
                context.Repository<Inventory>().Add(Inventory.Of($"of {e.OrderId}", 1));
            })
            .On<OrderPlaced>(async (_, context) =>
            {
                // What the first has left is stored before this one can look for it.
                await context.Repository<Inventory>().CountAsync(i => i.InStock > 0, context.CancellationToken);
                reached.TrySetResult();
                if (waits)
                    await Task.Delay(Timeout.Infinite, context.CancellationToken);
                _handled.Enqueue((name, "second"));
            });
        var old = Shop(domain => Declare(domain.EventHandler<Order>(), "a", waits: true));
        await PlaceAsync(old, 1);
        var first = await StartAsync(old, o => o.DrainLimit = TimeSpan.Zero);
        await reached.Task;
        await first.StopAsync(Cancellation);

        var shop = Shop(domain => Declare(domain.EventHandler<Order>().FormerlyNamed("a"), "b", waits: false));
        var next = await StartAsync(shop);
        await next.WaitUntilCaughtUpAsync(Cancellation);

        _handled.ShouldBe([("a", "first"), ("b", "second")]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Rebuild_ByAProgramWithTheOldName_IsRefused()
    {
        var old = Shop(domain => Sales(domain).Named("sales"));
        var first = await StartAsync(old);
        await PlaceAsync(old, 3);
        await first.WaitUntilCaughtUpAsync<BookSales>(cancellationToken: Cancellation);
        var next = await StartAsync(Shop(domain => Sales(domain).Named("turnover").FormerlyNamed("sales")));
        await Until(() => next.Status.Subscriptions.Single().Partitions.Count == 1);

        var refused = await Should.ThrowAsync<InvalidOperationException>(() => first.RebuildAsync<BookSales>(cancellationToken: Cancellation));
        refused.Message.ShouldContain("another name");
        await PlaceAsync(old, 2, n => $"p{n}");
        await first.WaitUntilCaughtUpAsync<BookSales>(cancellationToken: Cancellation);

        (await old.View<BookSales>().GetAsync("b1", Cancellation)).ShouldNotBeNull().Ordered.ShouldBe(5);
    }

    private static ProjectionBuilder<BookSales> Sales(DomainBuilder domain) => domain.Projection<BookSales>().From<Order>()
        .On<OrderPlaced>(e => e.BookId, (view, e) => view with { Ordered = view.Ordered + e.Quantity });
}
