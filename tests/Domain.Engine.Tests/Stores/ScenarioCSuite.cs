using System.Collections.Concurrent;
using Protean.Engine;
using Protean.Storage;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Stores;

/// <summary>Positions of a subscription: sections C and D of the acceptance scenarios.</summary>
public abstract class ScenarioCSuite(IShopStore stores) : EngineTests(stores)
{
    private readonly ConcurrentQueue<string> _handled = new();
    private readonly ConcurrentQueue<CheckpointMove> _moves = new();

    [Fact(Timeout = HangLimit)]
    public async Task Scenario_C22_ANewSubscription_BeginsWithTheVeryFirstEvent()
    {
        var shop = Shop(Note);
        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        await PlaceAsync(shop, 1);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        _handled.ShouldBe(["o1 at 1"]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Scenario_C23_ProgressOverEffects_IsWrittenWithThem()
    {
        ConcurrentQueue<(bool Effects, long From, long To)> commits = new();
        var shop = Shop(
            domain => domain.EventHandler<Inventory>().Named("note").StreamCategory<Order>().Delivery(o => o.MessagesPerCommit = 1)
                .On<OrderPlaced>(e => e.BookId, (inventory, e) => inventory.Withdraw(1)),
            stores => new GuardedStore(stores.Open())
            {
                Before = commit =>
                {
                    foreach (var move in commit.Checkpoints.Where(c => c.Key.Partition == 0))
                        commits.Enqueue((commit.Documents.Count > 0, move.ExpectedPosition, move.Position));
                },
            });
        await shop.Repository<Inventory>().SaveAsync(Inventory.Of("b1", 10), Cancellation);
        await PlaceAsync(shop, 3);

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        // What the handler itself has raised is seen past with the next effects, or after them.
        commits.Take(3).Select(c => (c.Effects, c.From)).ShouldBe([(true, 0), (true, 1), (true, 2)]);
    }

    [Theory(Timeout = HangLimit)]
    [InlineData(9, 0)]
    [InlineData(10, 10)]
    [InlineData(25, 25)]
    public async Task Scenario_C23_ProgressOverWhatIsFilteredOut_IsWrittenAfterSoManyAndAtTheStop(int orders, long position)
    {
        var shop = Shop(domain => domain.EventHandler<Order>().Named("note").Delivery(o => o.PositionUpdateInterval = 10).On<OrderShipped>((_, _) => { }));
        await PlaceAsync(shop, orders);

        var engine = await StartAsync(shop);
        await UntilIdleAsync(engine);
        (await PositionAsync()).ShouldBe(position);

        await engine.StopAsync(Cancellation);
        (await PositionAsync()).ShouldBe(orders);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Scenario_C24_AStop_WritesThePositionOnlyIfTheStoredOneIsBehind()
    {
        var shop = Recorded(domain => domain.EventHandler<Order>().Named("note").Delivery(o => o.PositionUpdateInterval = 10).On<OrderShipped>((_, _) => { }));
        await PlaceAsync(shop, 5);
        var first = await StartAsync(shop);
        await UntilIdleAsync(first);

        await first.StopAsync(Cancellation);
        await first.StopAsync(Cancellation);
        _moves.ShouldHaveSingleItem().Position.ShouldBe(5);

        var second = await StartAsync(shop);
        await UntilIdleAsync(second);
        await second.StopAsync(Cancellation);
        _moves.ShouldHaveSingleItem();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Scenario_C28_PositionsAndFailures_AreNotInTheLog()
    {
        var shop = Shop(domain =>
        {
            domain.EventHandler<Order>().Named("failing").On<OrderPlaced>((_, _) => throw new InvalidOperationException("no"));
            domain.EventHandler().Named("audit").StreamCategory("$all").OnAny((message, _) => _handled.Enqueue($"{message.Type} at {message.GlobalPosition}"));
        });
        await PlaceAsync(shop, 1);
        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        (await Store.CountFailuresAsync(new(), Cancellation)).ShouldBe(1);
        (await Store.GetHeadAsync(Cancellation)).ShouldBe(1);
        _handled.ShouldBe(["Shop.OrderPlaced.v1 at 1"]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Scenario_D31_ARefusedCommitBetween_HoldsUpNobody()
    {
        var shop = Shop(Note);
        var engine = await StartAsync(shop);
        await PlaceAsync(shop, 1);
        await Should.ThrowAsync<ConcurrencyException>(() => PlaceAsync(shop, 1));
        await PlaceAsync(shop, 1, _ => "o2");

        await engine.WaitUntilCaughtUpAsync(Cancellation);

        _handled.Select(h => h[..2]).ShouldBe(["o1", "o2"]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Scenario_D33_ACrashBetweenTwoMessages_LeavesTheCursorAtTheLastCommittedOne()
    {
        // The third is in doubt when the node dies: nothing of it, and nothing after it, is stored.
        var isDead = false;
        var shop = Shop(
            domain => Withdrawing(domain, 1),
            stores => new GuardedStore(stores.Open())
            {
                Before = commit =>
                {
                    if (isDead || commit.Checkpoints.Any(c => c.Position > 2))
                    {
                        isDead = true;
                        throw GuardedStore.Lost();
                    }
                },
            });
        await Shop(_ => { }).Repository<Inventory>().SaveAsync(Inventory.Of("b1", 10), Cancellation);
        await PlaceAsync(Shop(domain => domain.Event<OrderPlaced>()), 5);
        var first = await StartAsync(shop, o => (o.Node, o.DrainLimit) = ("same", TimeSpan.Zero));
        await Until(() => Volatile.Read(ref isDead));
        await first.StopAsync(Cancellation);

        (await PositionAsync()).ShouldBe(2);
        (await Shop(_ => { }).Repository<Inventory>().GetAsync("b1", Cancellation)).Withdrawals.ShouldBe(2);
        var second = await StartAsync(Shop(domain => Withdrawing(domain, 1)), o => o.Node = "same");
        await second.WaitUntilCaughtUpAsync(Cancellation);
        (await Shop(_ => { }).Repository<Inventory>().GetAsync("b1", Cancellation)).Withdrawals.ShouldBe(5);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Scenario_D35_ManyMessagesForOthersBetween_StopNobody()
    {
        var shop = Shop(domain =>
        {
            Note(domain);
            domain.CommandHandler<Order>().On<ShipOrder>((_, _) => { });
        });
        await PlaceAsync(shop, 1);
        for (var n = 0; n < 150; n++)
            await shop.EnqueueAsync(new ShipOrder("o1"), cancellationToken: Cancellation);
        await PlaceAsync(shop, 1, _ => "o2");

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        _handled.Select(h => h[..2]).ShouldBe(["o1", "o2"]);
    }

    /// <summary>With nothing to handle a partition counts as caught up before anybody has taken it.</summary>
    private static Task UntilIdleAsync(DomainEngine engine) => Until(() => engine.Status.Subscriptions.Single().Partitions is [{ State: PartitionState.Idle }]);

    private static void Withdrawing(DomainBuilder domain, int messagesPerCommit) => domain.EventHandler<Inventory>().Named("note").StreamCategory<Order>()
        .Delivery(o => o.MessagesPerCommit = messagesPerCommit)
        .On<OrderPlaced>(e => e.BookId, (inventory, _) => inventory.Withdraw(1));

    private void Note(DomainBuilder domain) => domain.EventHandler<Order>().Named("note").OnAny((message, _) => _handled.Enqueue($"{message.Stream.Id} at {message.GlobalPosition}"));

    private Domain Recorded(Action<DomainBuilder> declare) => Shop(declare, stores => new GuardedStore(stores.Open())
    {
        After = commit =>
        {
            foreach (var move in commit.Checkpoints.Where(c => c.Key.Partition == 0))
                _moves.Enqueue(move);
        },
    });

    private async Task<long> PositionAsync() => (await Store.GetCheckpointAsync(new("shop::note", 0), Cancellation))?.Position ?? 0;
}
