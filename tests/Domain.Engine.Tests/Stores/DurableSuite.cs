using System.Collections.Concurrent;
using Protean.Engine;
using Protean.Tests.Failures;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Stores;

/// <summary>Inline handlers whose safety net is the engine: one of the two does the work, and never both.</summary>
public abstract class DurableSuite(IShopStore stores) : FailingShop(stores)
{
    private readonly ConcurrentQueue<string> _handled = new();
    private volatile Func<string, Task> _before = static _ => Task.CompletedTask;

    [Fact(Timeout = HangLimit)]
    public async Task Durable_HandledInline_IsNotHandledByTheEngineAgain()
    {
        var shop = await StockedAsync();
        await PlaceAsync(shop, 3);
        _handled.ShouldBe(["o1", "o2", "o3"]);

        await CatchUpAsync(await StartAsync(shop));

        _handled.ShouldBe(["o1", "o2", "o3"]);
        await IsWithdrawnAsync(shop, 3);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Durable_FailedInline_IsHandledByTheEngine()
    {
        var shop = await StockedAsync();
        _before = static _ => throw new InvalidOperationException("no");
        await Should.ThrowAsync<InvalidOperationException>(() => PlaceAsync(shop, 1));
        _before = static _ => Task.CompletedTask;
        await PlaceAsync(shop, 1, _ => "o2");

        await CatchUpAsync(await StartAsync(shop));

        _handled.ShouldBe(["o2", "o1"]);
        await IsWithdrawnAsync(shop, 2);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Durable_NeverHandledInline_IsHandledByTheEngineOnce()
    {
        var shop = await StockedAsync();
        // A process that does not have the handler.
        await PlaceAsync(Shop(domain => domain.Event<OrderPlaced>()), 3);

        for (var start = 0; start < 2; start++)
        {
            var engine = await StartAsync(Desk(Declare));
            await CatchUpAsync(engine);
            await engine.StopAsync(Cancellation);
        }

        _handled.ShouldBe(["o1", "o2", "o3"]);
        await IsWithdrawnAsync(shop, 3);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Durable_InlineRunThatEndsAfterTheEngineHasDoneIt_IsRefused()
    {
        var shop = await StockedAsync();
        var (entered, gate) = (Signal(), Signal());
        _before = _ => HoldAsync(entered, gate);
        var placing = Task.Run(() => PlaceAsync(shop, 1), Cancellation);
        await entered.Task;
        _before = static _ => Task.CompletedTask;

        await CatchUpAsync(await StartAsync(shop));
        await IsWithdrawnAsync(shop, 1);
        gate.SetResult();
        await EndsAsync(placing);

        await IsWithdrawnAsync(shop, 1);
        (await RecordsAsync()).ShouldBeEmpty();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Durable_InlineRunThatEndsAfterTheEngineHasRecordedAFailure_IsRefusedAndRecoveredOnce()
    {
        var shop = await StockedAsync();
        var (entered, gate) = (Signal(), Signal());
        _before = _ => HoldAsync(entered, gate);
        var placing = Task.Run(() => PlaceAsync(shop, 1), Cancellation);
        await entered.Task;
        _before = static _ => throw new InvalidOperationException("no");
        var engine = await StartAsync(shop, o => o.RecoveryInterval = TimeSpan.FromDays(1));
        await CatchUpAsync(engine);
        (await RecordsAsync()).ShouldHaveSingleItem();
        _before = static _ => Task.CompletedTask;

        gate.SetResult();
        await EndsAsync(placing);
        await IsWithdrawnAsync(shop, 0);

        await engine.DeadLetters.ReplayAllAsync(new() { Status = Storage.FailureStatus.Retrying }, Cancellation);
        await Until(async () => (await RecordsAsync()).Count == 0);
        await IsWithdrawnAsync(shop, 1);
    }

    [Theory(Timeout = HangLimit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Durable_InlineRunThatEndsWhileTheEngineIsBusyWithWhatFollows_IsRefused(bool fails)
    {
        var shop = await StockedAsync();
        var (entered, gate) = (Signal(), Signal());
        _before = _ => HoldAsync(entered, gate);
        var placing = Task.Run(() => PlaceAsync(shop, 1), Cancellation);
        await entered.Task;
        await PlaceAsync(Shop(domain => domain.Event<OrderPlaced>()), 1, _ => "o2");
        var (busy, goOn) = (Signal(), Signal());
        _before = order => order == "o2" ? HoldAsync(busy, goOn) : fails ? throw new InvalidOperationException("no") : Task.CompletedTask;
        var engine = await StartAsync(shop, o => o.RecoveryInterval = TimeSpan.FromDays(1));
        await PassUntil(() => busy.Task.IsCompleted);
        // What the engine has done about the first is stored, and it has not come to rest: nothing but a mark tells the two apart.
        await Until(async () => fails ? (await RecordsAsync()).Count == 1 : (await shop.Repository<Inventory>().GetAsync("b1", Cancellation)).Withdrawals == 1);

        gate.SetResult();
        await EndsAsync(placing);
        await IsWithdrawnAsync(shop, fails ? 0 : 1);

        goOn.SetResult();
        await CatchUpAsync(engine);
        await IsWithdrawnAsync(shop, fails ? 1 : 2);
    }

    private static TaskCompletionSource Signal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static async Task HoldAsync(TaskCompletionSource entered, TaskCompletionSource gate)
    {
        entered.TrySetResult();
        await gate.Task;
    }

    /// <summary>Whether the caller hears that the engine was faster is none of these tests' business.</summary>
    private static async Task EndsAsync(Task placing) => await placing.WaitAsync(Cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private static async Task IsWithdrawnAsync(Domain shop, int times) =>
        (await shop.Repository<Inventory>().GetAsync("b1", Cancellation)).Withdrawals.ShouldBe(times);

    private async Task CatchUpAsync(DomainEngine engine)
    {
        var head = await Store.GetHeadAsync(Cancellation);
        var waiting = engine.WaitUntilCaughtUpAsync(head, Cancellation);
        await PassUntil(() => waiting.IsCompleted);
        await waiting;
    }

    private async Task<Domain> StockedAsync()
    {
        var shop = Desk(Declare);
        await shop.Repository<Inventory>().SaveAsync(Inventory.Of("b1", 10), Cancellation);
        return shop;
    }

    private void Declare(DomainBuilder domain) => domain.EventHandler<Inventory>().StreamCategory<Order>().Durable().StartFrom(StartFrom.Beginning)
        .On<OrderPlaced>(async (e, context) =>
        {
            await _before(e.OrderId);
            (await context.Repository<Inventory>().GetAsync(e.BookId, context.CancellationToken)).Withdraw(1);
            _handled.Enqueue(e.OrderId);
        });
}
