using System.Collections.Concurrent;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Delivery;

/// <summary>Inline handlers whose safety net is the engine.</summary>
public sealed class DurableTests : EngineTests
{
    private readonly ConcurrentQueue<string> _handled = new();
    private volatile bool _isBroken;

    public DurableTests() => Clock = new() { SkipDelays = true };

    [Fact(Timeout = HangLimit)]
    public async Task Durable_HandledInline_IsNotHandledByTheEngineAgain()
    {
        var shop = Shop(Declare);
        await shop.Repository<Inventory>().SaveAsync(Inventory.Of("b1", 10), Cancellation);
        await PlaceAsync(shop, 3);
        _handled.ShouldBe(["o1", "o2", "o3"]);

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        _handled.ShouldBe(["o1", "o2", "o3"]);
        (await shop.Repository<Inventory>().GetAsync("b1", Cancellation)).Withdrawals.ShouldBe(3);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Durable_FailedInline_IsHandledByTheEngine()
    {
        var shop = Shop(Declare);
        await shop.Repository<Inventory>().SaveAsync(Inventory.Of("b1", 10), Cancellation);
        _isBroken = true;
        await Should.ThrowAsync<InvalidOperationException>(() => PlaceAsync(shop, 1));
        _isBroken = false;
        await PlaceAsync(shop, 1, _ => "o2");

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        _handled.ShouldBe(["o2", "o1"]);
        (await shop.Repository<Inventory>().GetAsync("b1", Cancellation)).Withdrawals.ShouldBe(2);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Durable_NeverHandledInline_IsHandledByTheEngineOnce()
    {
        // Another process, which does not have the handler, has stored them.
        await Shop(_ => { }).Repository<Inventory>().SaveAsync(Inventory.Of("b1", 10), Cancellation);
        await PlaceAsync(Shop(domain => domain.Event<OrderPlaced>()), 3);
        var shop = Shop(Declare);

        for (var start = 0; start < 2; start++)
        {
            var engine = await StartAsync(shop);
            await engine.WaitUntilCaughtUpAsync(Cancellation);
            await engine.StopAsync(Cancellation);
        }

        _handled.ShouldBe(["o1", "o2", "o3"]);
        (await shop.Repository<Inventory>().GetAsync("b1", Cancellation)).Withdrawals.ShouldBe(3);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Durable_InlineAndEngineAtOnce_HandleEachMessageOnce()
    {
        var shop = Shop(Declare);
        await shop.Repository<Inventory>().SaveAsync(Inventory.Of("b1", 1000), Cancellation);
        var engine = await StartAsync(shop);

        await PlaceAsync(shop, 200);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        (await shop.Repository<Inventory>().GetAsync("b1", Cancellation)).Withdrawals.ShouldBe(200);
    }

    [Fact(Timeout = HangLimit)]
    public async Task InlineHandler_OfTheOldVersion_ThatIsLaterThanTheEngine_LeavesNothing()
    {
        TaskCompletionSource entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Domain Durable(string name, string? former, Func<Task> wait) => Shop(domain =>
        {
            var handler = domain.EventHandler<Order>().Named(name).Durable().StartFrom(StartFrom.Beginning).On<OrderPlaced>(async (e, context) =>
            {
                await wait();
                context.Repository<Inventory>().Add(Inventory.Of($"{name} {e.OrderId}", 1));
            });
            if (former is not null)
                handler.FormerlyNamed(former);
        });
        var old = Durable("a", null, async () =>
        {
            entered.TrySetResult();
            await goOn.Task;
        });
        var first = await StartAsync(old);
        await Until(() => first.Status.Subscriptions.Single().Partitions.Count == 1);
        await first.StopAsync(Cancellation);
        var placing = PlaceAsync(old, 1);
        await entered.Task;

        var shop = Durable("b", "a", () => Task.CompletedTask);
        var next = await StartAsync(shop);
        await next.WaitUntilCaughtUpAsync(Cancellation);
        goOn.SetResult();
        await placing;

        (await shop.Repository<Inventory>().ExistsAsync("b o1", Cancellation)).ShouldBeTrue();
        (await shop.Repository<Inventory>().ExistsAsync("a o1", Cancellation)).ShouldBeFalse();
    }

    private void Declare(DomainBuilder domain) => domain.EventHandler<Inventory>().StreamCategory<Order>().Durable().StartFrom(StartFrom.Beginning)
        .RetryConflicts(1000, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1))
        .On<OrderPlaced>(async (e, context) =>
        {
            if (_isBroken)
                throw new InvalidOperationException("no");
            (await context.Repository<Inventory>().GetAsync(e.BookId, context.CancellationToken)).Withdraw(1);
            _handled.Enqueue(e.OrderId);
        });
}
