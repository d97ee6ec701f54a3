using System.Collections.Concurrent;
using System.Text;
using Protean.Engine;
using Protean.Storage;
using Protean.Tests.Failures;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Stores;

/// <summary>What fails is recorded, tried again, and can be looked after, whichever store it stands in.</summary>
public abstract class FailureSuite(IShopStore stores) : FailingShop(stores)
{
    private readonly ConcurrentQueue<string> _handled = new();
    private volatile string _broken = "";

    [Fact(Timeout = HangLimit)]
    public async Task Failures_AmongMessagesThatShareACommit_TakeNothingOfTheOthersAlong()
    {
        var shop = Desk(domain => domain.EventHandler<Inventory>().StreamCategory<Order>().Delivery(o => (o.MessagesPerCommit, o.CircuitBreakerThreshold) = (100, 0))
            .On<OrderPlaced>(async (e, context) =>
            {
                (await context.Repository<Inventory>().GetAsync(e.BookId, context.CancellationToken)).Withdraw(1);
                context.Repository<Note>().Add(Note.Of(e.OrderId));
                if (e.OrderId is "o7" or "o23" or "o24" or "o50")
                    throw new InvalidOperationException("no");
            }));
        await shop.Repository<Inventory>().SaveAsync(Inventory.Of("b1", 1000), Cancellation);
        await PlaceAsync(shop, 50);

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        (await shop.Repository<Inventory>().GetAsync("b1", Cancellation)).Withdrawals.ShouldBe(46);
        (await RecordsAsync()).Select(r => r.Stream).ShouldBe(["shop::order-o7", "shop::order-o23", "shop::order-o24", "shop::order-o50"]);
        (await HasNoteAsync(shop, "o23")).ShouldBeFalse();
        (await HasNoteAsync(shop, "o25")).ShouldBeTrue();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Refusal_OfASharedCommit_IsBlamedOnTheMessageThatCausedIt()
    {
        var shop = Desk(domain => domain.EventHandler<Order>().Delivery(o => o.MessagesPerCommit = 100)
            .On<OrderPlaced>((e, context) => context.Repository<Note>().Add(Note.Of(e.OrderId, e.OrderId == "o13" ? "taken" : null))));
        await shop.Repository<Note>().SaveAsync(Note.Of("taker", "taken"), Cancellation);
        await PlaceAsync(shop, 30);

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        (await RecordsAsync()).ShouldHaveSingleItem().Attempts.Single().ExceptionType.ShouldBe(typeof(DuplicateValueException).FullName);
        for (var n = 1; n <= 30; n++)
            (await HasNoteAsync(shop, $"o{n}")).ShouldBe(n != 13);
    }

    [Fact(Timeout = HangLimit)]
    public async Task ParkStream_KeepsWhatFollowsInTheStreamBackUntilTheFailureIsOver()
    {
        var shop = Desk(domain => Handling(domain).OnFailure(FailurePolicy.ParkStream));
        await ChangeAsync(shop, "a", "b");
        await ChangeAsync(shop, "a", "b");
        _broken = "a.0";

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        _handled.ShouldBe(["b.0", "b.1"]);
        (await RecordsAsync()).Select(r => r.Status).ShouldBe([FailureStatus.Retrying, FailureStatus.Parked]);

        _broken = "";
        await PassUntil(async () => (await RecordsAsync()).Count == 0);
        _handled.ShouldBe(["b.0", "b.1", "a.0", "a.1"]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Stop_HoldsThePartitionUntilItIsResumed()
    {
        var shop = Desk(domain => Handling(domain).OnFailure(FailurePolicy.Stop));
        await ChangeAsync(shop, "a", "b", "c");
        _broken = "b.0";

        var engine = await StartAsync(shop);
        await Until(() => engine.Status.Subscriptions.Single().Partitions is [{ State: PartitionState.Halted }]);
        _handled.ShouldBe(["a.0"]);
        (await RecordsAsync()).ShouldBeEmpty();

        _broken = "";
        engine.Resume("handler").ShouldBe(1);
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        _handled.ShouldBe(["a.0", "b.0", "c.0"]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Recovery_HasItsEffectsOnceAndEndsTheRecordWithThem()
    {
        var shop = Desk(domain => Handling(domain));
        await ChangeAsync(shop, "a", "b");
        _broken = "a.0";
        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        _broken = "";
        await PassUntil(() => HasNoteAsync(shop, "a.0"));

        (await RecordsAsync()).ShouldBeEmpty();
        (await shop.Repository<Note>().GetAsync("a.0", Cancellation)).Times.ShouldBe(1);
        _handled.ShouldBe(["b.0", "a.0"]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task DeadLetters_AreListedInspectedReplayedAndPurged()
    {
        var shop = Desk(domain => Handling(domain).Delivery(o => o.MaxRetries = 1));
        await ChangeAsync(shop, "a", "b");
        _broken = "all";
        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        await PassUntil(async () => await engine.DeadLetters.CountAsync(cancellationToken: Cancellation) == 2);

        var dead = await engine.DeadLetters.ListAsync(new() { Handler = "handler", MessageType = "Shop.OrderPlaced.v1" }, Cancellation);
        dead.Select(r => r.Stream).ShouldBe(["shop::order-a", "shop::order-b"]);
        var letter = (await engine.DeadLetters.InspectAsync(dead[0].Key, Cancellation)).ShouldNotBeNull();
        letter.Record.Attempts.Count.ShouldBe(2);
        letter.Record.Attempts.ShouldAllBe(a => a.Message == "no a.0" && a.Detail.Contains(nameof(FailureSuite)));
        Encoding.UTF8.GetString(letter.Message.ShouldNotBeNull().Body.Span).ShouldContain("\"a\"");

        _broken = "";
        (await engine.DeadLetters.PurgeAsync(dead[1].Key, Cancellation)).ShouldBeTrue();
        (await engine.DeadLetters.ReplayAsync(dead[0].Key, Cancellation)).ShouldBeTrue();
        await Until(async () => (await RecordsAsync()).Count == 0);
        _handled.ShouldBe(["a.0"]);
        (await HasNoteAsync(shop, "a.0")).ShouldBeTrue();
        (await engine.DeadLetters.ReplayAsync(dead[1].Key, Cancellation)).ShouldBeFalse();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Command_ThatFails_IsToldToItsCallerAndKept()
    {
        var shop = Desk(domain => domain.CommandHandler<Order>().On<ShipOrder>((c, _) => throw new InvalidOperationException("no " + c.OrderId)));
        var engine = await StartAsync(shop);
        var handle = await shop.EnqueueAsync(new ShipOrder("o1"), cancellationToken: Cancellation);

        (await Should.ThrowAsync<CommandFailedException>(() => handle.WaitAsync(Cancellation))).Message.ShouldContain("no o1");

        await engine.WaitUntilCaughtUpAsync(Cancellation);
        (await engine.DeadLetters.ListAsync(cancellationToken: Cancellation)).ShouldHaveSingleItem().MessageType.ShouldBe("Shop.ShipOrder.v1");
    }

    /// <summary>Places an order, or ships it if it is there.</summary>
    private static async Task ChangeAsync(Domain shop, params string[] orders)
    {
        foreach (var id in orders)
        {
            var order = await shop.Repository<Order>().FindAsync(id, Cancellation) ?? Order.Place(id);
            if (order.Version >= 0)
                order.Ship();
            await shop.Repository<Order>().SaveAsync(order, Cancellation);
        }
    }

    private AggregateEventHandlerBuilder<Order> Handling(DomainBuilder domain) => domain.EventHandler<Order>().Named("handler").OnAny((message, context) =>
    {
        var name = $"{message.Stream.Id}.{message.Position}";
        context.Repository<Note>().Add(Note.Of(name));
        if (_broken == name || _broken == "all")
            throw new InvalidOperationException("no " + name);
        _handled.Enqueue(name);
    });
}
