using System.Collections.Concurrent;
using Protean.Engine;
using Protean.Tests.Failures;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Stores;

/// <summary>Several nodes on one store: what one of them leaves the others take over, and what it does later is refused.</summary>
public abstract class NodeSuite(IShopStore stores) : EngineTests(stores)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    private readonly ConcurrentQueue<string> _handled = new();
    private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile string _held = "";

    [Fact(Timeout = HangLimit)]
    public async Task Node_ThatSaysNothingMore_IsTakenOverWhenItsLeaseTimeIsOver()
    {
        var (shop, first, guard) = await NodeAsync("a", 4, Shortest);
        await Until(() => Owned(first) == 4);
        var (_, second, _) = await NodeAsync("b", 4, Shortest);
        await Until(() => Owned(first) == 2 && Owned(second) == 2);
        await PlaceAsync(shop, 10);
        await second.WaitUntilCaughtUpAsync(Cancellation);

        guard.IsAway = true;
        await PlaceAsync(Shop(domain => domain.Event<OrderPlaced>()), 10, n => $"p{n}");
        await Until(() => Owned(second) == 4);
        await second.WaitUntilCaughtUpAsync(Cancellation);

        _handled.Select(h => h[2..]).Distinct().Count().ShouldBe(20);
        await EachIsNotedOnceAsync(20);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Node_ThatStops_HandsOverLongBeforeItsLeaseTimeIsOver()
    {
        var (shop, first, _) = await NodeAsync("a", 4, TimeSpan.FromMinutes(10));
        var (_, second, _) = await NodeAsync("b", 4, TimeSpan.FromMinutes(10));
        await Until(() => Owned(first) == 2 && Owned(second) == 2);

        await first.StopAsync(Cancellation);
        await Until(() => Owned(second) == 4);

        await PlaceAsync(shop, 10);
        await second.WaitUntilCaughtUpAsync(Cancellation);
        await EachIsNotedOnceAsync(10);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Zombie_ThatCommitsAfterItsPartitionWasTaken_IsRefused()
    {
        _held = "a";
        var (shop, first, guard) = await NodeAsync("a", 1, Shortest);
        await Until(() => Owned(first) == 1);
        await PlaceAsync(shop, 5);
        await _entered.Task;
        guard.IsMute = true;

        var (_, second, _) = await NodeAsync("b", 1, Shortest);
        await Until(() => Owned(second) == 1);
        await second.WaitUntilCaughtUpAsync(Cancellation);
        await EachIsNotedOnceAsync(5);

        // What the zombie has done is committed now, or would be.
        _gate.SetResult();
        await Until(() => Log.Lines.Any(l => l.Id == 2007));
        _handled.Take(6).ShouldBe(["b o1", "b o2", "b o3", "b o4", "b o5", "a o1"]);
        (await NotesAsync("b")).ShouldBe(5);
        (await NotesAsync("a")).ShouldBe(0);
        (await shop.Repository<Inventory>().GetAsync("b1", Cancellation)).Withdrawals.ShouldBe(5);

        guard.IsMute = false;
        await PlaceAsync(shop, 3, n => $"p{n}");
        await second.WaitUntilCaughtUpAsync(Cancellation);
        await EachIsNotedOnceAsync(8);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Zombie_WhoseFailureIsRecordedAfterItsPartitionWasTaken_RecordsNothing()
    {
        _held = "a fails";
        var (shop, first, guard) = await NodeAsync("a", 1, Shortest);
        await Until(() => Owned(first) == 1);
        await PlaceAsync(shop, 2);
        await _entered.Task;
        guard.IsMute = true;
        var (_, second, _) = await NodeAsync("b", 1, Shortest);
        await Until(() => Owned(second) == 1);
        await second.WaitUntilCaughtUpAsync(Cancellation);

        _gate.SetResult();
        await Until(() => Log.Lines.Any(l => l.Id == 2007));

        (await Store.CountFailuresAsync(new(), Cancellation)).ShouldBe(0);
        await EachIsNotedOnceAsync(2);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Commands_WhileNodesComeAndGo_AreHandledOnceEach()
    {
        var (_, steady, _) = await NodeAsync("a", 2, Shortest, Placing);
        var caller = Shop(Placing);
        var sending = Task.Run(async () =>
        {
            List<CommandHandle> handles = [];
            for (var n = 1; n <= 60; n++)
                handles.Add(await caller.EnqueueAsync(new PlaceOrder($"o{n}", "b1", 1), cancellationToken: Cancellation));
            return handles;
        }, Cancellation);
        for (var n = 0; n < 2; n++)
        {
            var (_, guest, _) = await NodeAsync($"guest{n}", 2, Shortest, Placing);
            await Until(() => Owned(guest) > 0);
            await guest.StopAsync(Cancellation);
        }

        foreach (var handle in await sending)
            (await handle.WaitAsync<string>(Cancellation)).ShouldBe("placed");
        await steady.WaitUntilCaughtUpAsync(Cancellation);
        await steady.WaitUntilCaughtUpAsync(Cancellation);
        await EachIsNotedOnceAsync(60);
    }

    private static void Placing(DomainBuilder domain) => domain.CommandHandler<Order>().Partitions(2).On<PlaceOrder, string>((command, context) =>
    {
        context.Repository<Order>().Add(Order.Place(command.OrderId, command.BookId, command.Quantity));
        return "placed";
    });

    private async Task<long> NotesAsync(string node) =>
        await Shop(domain => domain.Aggregate<Note>()).Repository<Note>().CountAsync(n => n.Text == node, Cancellation);

    /// <summary>The notes have the node in their ids, so that two nodes can leave a note of one order: nothing but the fence keeps them from it.</summary>
    private async Task EachIsNotedOnceAsync(int orders)
    {
        var notes = await Shop(domain => domain.Aggregate<Note>()).Repository<Note>().QueryAsync(n => n.Times == 1, cancellationToken: Cancellation);
        notes.Select(n => n.Id.Split(' ')[1]).Order().ShouldBe(notes.Select(n => n.Id.Split(' ')[1]).Distinct().Order());
        notes.Count.ShouldBe(orders);
    }

    private async Task<(Domain Shop, DomainEngine Engine, GuardedStore Guard)> NodeAsync(string node, int partitions, TimeSpan lease, Action<DomainBuilder>? more = null)
    {
        GuardedStore? guard = null;
        var shop = Shop(
            domain =>
            {
                domain.Aggregate<Note>();
                more?.Invoke(domain);
                domain.EventHandler<Inventory>().Named("withdraw").StreamCategory<Order>().Partitions(partitions).RetryConflicts(1000, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(5))
                    .On<OrderPlaced>((e, context) => WithdrawAsync(node, e, context));
            },
            stores => guard = new GuardedStore(stores.Open()));
        if (!await shop.Repository<Inventory>().ExistsAsync("b1", Cancellation))
            await shop.Repository<Inventory>().SaveAsync(Inventory.Of("b1", 1000), Cancellation);
        return (shop, await StartAsync(shop, o => (o.Node, o.LeaseTime, o.DrainLimit) = (node, lease, TimeSpan.FromSeconds(1))), guard!);
    }

    private async Task WithdrawAsync(string node, OrderPlaced e, HandlerContext context)
    {
        if (_held.StartsWith(node, StringComparison.Ordinal))
        {
            _entered.TrySetResult();
            await _gate.Task;
            if (_held.EndsWith("fails", StringComparison.Ordinal))
                throw new InvalidOperationException("no");
        }

        // After the gate, so that no version of the inventory stands in the way of a zombie.
        (await context.Repository<Inventory>().GetAsync(e.BookId, context.CancellationToken)).Withdraw(1);
        context.Repository<Note>().Add(Note.Of($"{node} {e.OrderId}", node));
        _handled.Enqueue($"{node} {e.OrderId}");
    }
}
