using System.Collections.Concurrent;
using Protean.Engine;
using Protean.Storage;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Failures;

/// <summary>What comes after a failure in its stream waits for it; all else goes on.</summary>
public sealed class ParkingTests : FailingShop
{
    private readonly ConcurrentQueue<string> _handled = new();
    private volatile string _broken = "a.0";

    [Fact(Timeout = HangLimit)]
    public async Task Stream_BehindAFailure_WaitsAndIsReleasedInOrderWhenItRecovers()
    {
        var shop = Desk(Declare);
        await ShipAsync(shop, "a", "b");

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        _handled.ShouldBe(["b.0", "b.1", "b.2"]);
        (await RecordsAsync()).Select(r => r.Status).ShouldBe([FailureStatus.Retrying, FailureStatus.Parked, FailureStatus.Parked]);

        _broken = "";
        await PassUntil(async () => (await RecordsAsync()).Count == 0);
        _handled.ShouldBe(["b.0", "b.1", "b.2", "a.0", "a.1", "a.2"]);
        await AnotherGoesOnAsync(shop, 3);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Stream_WhoseNextMessageFailsToo_WaitsBehindThatOne()
    {
        var shop = Desk(Declare);
        await ShipAsync(shop, "a");
        var engine = await StartAsync(shop, o => o.Server.RetryDelay = TimeSpan.FromMinutes(10));
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        _broken = "a.1";
        await PassUntil(() => _handled.Contains("a.0"));
        await Until(async () => await RecordsAsync() is [{ StreamPosition: 1, Status: FailureStatus.Retrying }, { Status: FailureStatus.Parked }]);
        (await RecordsAsync())[0].Retries.ShouldBe(0);

        _broken = "";
        await PassUntil(async () => (await RecordsAsync()).Count == 0);
        _handled.ShouldBe(["a.0", "a.1", "a.2"]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Stream_BehindADeadOne_WaitsUntilThatIsReplayed()
    {
        var shop = Desk(Declare);
        await ShipAsync(shop, "a");
        var engine = await StartAsync(shop, o => o.Server.MaxRetries = 0);
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        var dead = (await engine.DeadLetters.ListAsync(cancellationToken: Cancellation)).ShouldHaveSingleItem();
        (await engine.DeadLetters.ReplayAsync((await RecordsAsync())[1].Key, Cancellation)).ShouldBeFalse();
        _handled.ShouldBeEmpty();

        _broken = "";
        (await engine.DeadLetters.ReplayAsync(dead.Key, Cancellation)).ShouldBeTrue();
        await Until(async () => (await RecordsAsync()).Count == 0);
        _handled.ShouldBe(["a.0", "a.1", "a.2"]);
    }

    [Theory(Timeout = HangLimit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stream_BehindADeadOne_GoesOnWhenThatIsPurged(bool isAlone)
    {
        var shop = Desk(Declare);
        if (isAlone)
            await PlaceAsync(shop, 1, _ => "a");
        else
            await ShipAsync(shop, "a");
        var engine = await StartAsync(shop, o => o.Server.MaxRetries = 0);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        (await engine.DeadLetters.PurgeAllAsync(cancellationToken: Cancellation)).ShouldBe(1);
        await Until(async () => (await RecordsAsync()).Count == 0);
        if (!isAlone)
            _handled.ShouldBe(["a.1", "a.2"]);
        await AnotherGoesOnAsync(shop, isAlone ? 1 : 3);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Restart_FindsWhatWaits()
    {
        var shop = Desk(Declare);
        await ShipAsync(shop, "a");
        var first = await StartAsync(shop, o => o.Server.MaxRetries = 0);
        await first.WaitUntilCaughtUpAsync(Cancellation);
        await first.StopAsync(Cancellation);

        var again = Desk(Declare);
        await ChangeAsync(again, "a");
        var second = await StartAsync(again, o => o.Server.MaxRetries = 0);
        await second.WaitUntilCaughtUpAsync(Cancellation);
        _handled.ShouldBeEmpty();
        (await RecordsAsync()).Select(r => r.Status).ShouldBe([FailureStatus.Dead, FailureStatus.Parked, FailureStatus.Parked, FailureStatus.Parked]);

        _broken = "";
        await second.DeadLetters.ReplayAllAsync(cancellationToken: Cancellation);
        await Until(async () => (await RecordsAsync()).Count == 0);
        _handled.ShouldBe(["a.0", "a.1", "a.2", "a.3"]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Restart_AfterTheFailureWasPurged_HandlesWhatWaited()
    {
        var shop = Desk(Declare);
        await ShipAsync(shop, "a");
        var first = await StartAsync(shop, o => o.Server.MaxRetries = 0);
        await first.WaitUntilCaughtUpAsync(Cancellation);
        await first.StopAsync(Cancellation);
        await first.DeadLetters.PurgeAllAsync(cancellationToken: Cancellation);

        await StartAsync(Desk(Declare));

        await Until(async () => (await RecordsAsync()).Count == 0);
        _handled.ShouldBe(["a.1", "a.2"]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Methods_OfAReleasedMessage_RunInTheirOrderAndEachForItself()
    {
        var shop = Desk(domain =>
        {
            var handler = domain.EventHandler<Order>().OnFailure(FailurePolicy.ParkStream);
            for (var n = 1; n <= 11; n++)
            {
                var method = n;
                handler.On<OrderShipped>((_, context) => Handle($"{context.Message!.Position}.{method}"));
            }
        });
        await ShipAsync(shop, "a");
        _broken = "1.2";

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        _handled.ShouldBe(["1.1", .. Enumerable.Range(3, 9).Select(n => $"1.{n}")]);

        _handled.Clear();
        _broken = "2.3";
        await PassUntil(() => _handled.Contains("2.11"));
        _handled.ShouldBe(["1.2", "2.1", "2.2", .. Enumerable.Range(4, 8).Select(n => $"2.{n}")]);
        await Until(async () => (await RecordsAsync()).Count == 1);
        (await RecordsAsync())[0].Key.Method.ShouldBe("OrderShipped#3");
    }

    [Fact(Timeout = HangLimit)]
    public async Task Failure_InASharedCommitThatIsRefused_DoesNotParkItself()
    {
        var shop = Desk(domain => domain.EventHandler<Order>().OnFailure(FailurePolicy.ParkStream).Delivery(o => o.MessagesPerCommit = 100)
            .On<OrderPlaced>((e, context) =>
            {
                context.Repository<Note>().Add(Note.Of(e.OrderId, e.OrderId == "o5" ? "taken" : null));
                if (e.OrderId == "o2")
                    throw new InvalidOperationException("no");
            }));
        await shop.Repository<Note>().SaveAsync(Note.Of("taker", "taken"), Cancellation);
        await PlaceAsync(shop, 8);

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        (await RecordsAsync()).Select(r => (r.Stream, r.Status)).ShouldBe([("shop::order-o2", FailureStatus.Retrying), ("shop::order-o5", FailureStatus.Retrying)]);
    }

    [Theory(Timeout = HangLimit)]
    [InlineData("projection")]
    [InlineData("debug")]
    public async Task Stream_WithoutDeadLetters_WaitsWhileTheFailureIsTriedAgain(string profile)
    {
        var shop = Desk(Declare);
        await ShipAsync(shop, "a", "b");
        // The profile debug would try again at once, whenever that is.
        var engine = await StartAsync(shop, o => (o.Server.Profile, o.Server.RetryDelay) = (profile, TimeSpan.FromSeconds(1)));
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        _handled.ShouldBe(["b.0", "b.1", "b.2"]);

        _broken = "";
        await PassUntil(async () => (await RecordsAsync()).Count == 0);
        _handled.ShouldBe(["b.0", "b.1", "b.2", "a.0", "a.1", "a.2"]);
        await AnotherGoesOnAsync(shop, 3);
    }

    [Theory(Timeout = HangLimit)]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Stream_WithoutDeadLetters_GoesOnWithoutTheFailureAfterTheLastRetry(int retries)
    {
        var shop = Desk(Declare);
        await ShipAsync(shop, "a");
        var engine = await StartAsync(shop, o => (o.Server.DeadLetters, o.Server.MaxRetries) = (false, retries));
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        await PassUntil(async () => (await RecordsAsync()).Count == 0);
        _handled.ShouldBe(["a.1", "a.2"]);
        Log.Lines.ShouldContain(l => l.Id == 2041 && l.Text.Contains($"after {retries} retries", StringComparison.Ordinal));
        (await engine.DeadLetters.CountAsync(cancellationToken: Cancellation)).ShouldBe(0);
        await AnotherGoesOnAsync(shop, 3);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Key_OfThePayload_IsWaitedBehindAcrossStreams()
    {
        var shop = Desk(domain => domain.EventHandler<Order>().OnFailure(FailurePolicy.ParkStream).PartitionBy<OrderPlaced>(e => e.BookId)
            .On<OrderPlaced>((e, _) => Handle(e.OrderId)));
        _broken = "x1";
        await PlaceAsync(shop, 2, n => $"x{n}", "x");
        await PlaceAsync(shop, 2, n => $"y{n}", "y");

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        _handled.ShouldBe(["y1", "y2"]);

        _broken = "";
        await PassUntil(async () => (await RecordsAsync()).Count == 0);
        _handled.ShouldBe(["y1", "y2", "x1", "x2"]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task ManyStreams_ThatWait_AreLookedAtTogether()
    {
        var store = new CountingStore(Store);
        var shop = Desk(domain =>
        {
            domain.UseStore(_ => store);
            domain.EventHandler<Order>().OnFailure(FailurePolicy.ParkStream).OnAny((_, _) => throw new InvalidOperationException("no")).Delivery(o => o.CircuitBreakerThreshold = 0);
        });
        await PlaceAsync(shop, 60);
        await ShipAllAsync(shop, 60);
        var engine = await StartAsync(shop, o => o.Server.MaxRetries = 0);
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        (await RecordsAsync()).Count.ShouldBe(120);
        store.Queries = 0;

        // What is purged is found all the same.
        await engine.DeadLetters.PurgeAsync((await RecordsAsync())[0].Key, Cancellation);
        await Until(async () => (await RecordsAsync()).Count == 119 && (await RecordsAsync())[59].Status == FailureStatus.Dead);

        store.Queries.ShouldBeLessThan(20);
    }

    private static async Task ShipAllAsync(Domain shop, int count)
    {
        for (var n = 1; n <= count; n++)
            await ChangeAsync(shop, $"o{n}");
    }

    private static async Task ShipAsync(Domain shop, params string[] orders)
    {
        foreach (var order in orders)
        {
            await PlaceAsync(shop, 1, _ => order);
            await ChangeAsync(shop, order);
            await ChangeAsync(shop, order);
        }
    }

    private static async Task ChangeAsync(Domain shop, string id)
    {
        var order = await shop.Repository<Order>().GetAsync(id, Cancellation);
        order.Ship();
        await shop.Repository<Order>().SaveAsync(order, Cancellation);
    }

    /// <summary>Nothing is held any more: the next message of the stream is handled as it comes.</summary>
    private async Task AnotherGoesOnAsync(Domain shop, int position)
    {
        await ChangeAsync(shop, "a");
        await Until(() => _handled.Contains($"a.{position}"));
        // It may have come when the stream was not free yet, and has waited for a moment.
        await Until(async () => (await RecordsAsync()).Count == 0);
    }

    private void Declare(DomainBuilder domain) => domain.EventHandler<Order>().OnFailure(FailurePolicy.ParkStream)
        .OnAny((message, _) => Handle($"{message.Stream.Value[^1]}.{message.Position}"));

    private void Handle(string what)
    {
        if (what == _broken)
            throw new InvalidOperationException("no " + what);
        _handled.Enqueue(what);
    }

    /// <summary>Counts how often failures are asked for.</summary>
    private sealed class CountingStore(IEventStore store) : ReadThroughStore(store), IEventStore
    {
        public int Queries;

        ValueTask<IReadOnlyList<FailureRecord>> IEventStore.QueryFailuresAsync(FailureQuery query, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref Queries);
            return Store.QueryFailuresAsync(query, cancellationToken);
        }
    }
}
