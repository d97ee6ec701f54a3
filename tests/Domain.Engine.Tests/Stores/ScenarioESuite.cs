using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using Protean.Tests.Failures;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Stores;

/// <summary>Failures and recovery: section E of the acceptance scenarios.</summary>
public abstract partial class ScenarioESuite(IShopStore stores) : FailingShop(stores)
{
    private readonly ConcurrentQueue<string> _told = new();
    private int _calls;
    private int _failures = int.MaxValue;

    [Fact(Timeout = HangLimit)]
    public async Task Scenario_E36_AHandlerThatThrows_IsCalledOnceToldOnceRecordedAndPassedOver()
    {
        _failures = 1;
        var shop = Desk(Declare);
        await PlaceAsync(shop, 2);

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        _calls.ShouldBe(2);
        _told.ShouldBe(["no o1"]);
        var record = (await RecordsAsync()).ShouldHaveSingleItem();
        var message = (await Store.ReadLogAsync(new() { After = 0, MaxCount = 1 }, Cancellation)).Messages.Single();
        (record.Key.GlobalPosition, record.MessageType, record.MessageId, record.Retries, record.Stream, record.StreamPosition)
            .ShouldBe((1, "Shop.OrderPlaced.v1", message.Id, 0, "shop::order-o1", 0));
        (await HasNoteAsync(shop, "o2")).ShouldBeTrue();
        engine.Status.IsRunning.ShouldBeTrue();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Scenario_E37_AnErrorHandlerThatThrows_IsLoggedAndTheNextMessageHandled()
    {
        _failures = 1;
        var shop = Desk(domain => Handling(domain).HandleError((_, _, _) => throw new InvalidOperationException("nor I")));
        await PlaceAsync(shop, 2);

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        Log.Lines.Where(l => l.Id == 1003).ShouldHaveSingleItem().Error!.Message.ShouldBe("nor I");
        (await RecordsAsync()).ShouldHaveSingleItem();
        (await HasNoteAsync(shop, "o2")).ShouldBeTrue();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Scenario_E40_ADeliveryThatFailsOnce_IsResolved()
    {
        _failures = 1;
        var shop = Desk(Declare);
        await PlaceAsync(shop, 1);
        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        await PassUntil(async () => (await RecordsAsync()).Count == 0);

        _calls.ShouldBe(2);
        (await shop.Repository<Note>().GetAsync("o1", Cancellation)).Times.ShouldBe(1);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Scenario_E40_ADeliveryThatAlwaysFails_IsTriedThreeMoreTimesAndNeverAgain()
    {
        var shop = Desk(Declare);
        await PlaceAsync(shop, 1);
        var engine = await StartAsync(shop, o => o.Server.MaxRetries = 3);
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        await PassUntil(async () => await engine.DeadLetters.CountAsync(cancellationToken: Cancellation) == 1);
        // It is told when it is stored.
        await Until(() => Log.Lines.Any(l => l.Id == 2012));
        _calls.ShouldBe(4);
        await engine.StopAsync(Cancellation);

        // Another failure shows that the recovery has looked, and has left the dead one alone.
        var again = await StartAsync(Desk(Declare), o => o.Server.MaxRetries = 3);
        await PlaceAsync(shop, 1, _ => "o2");
        await again.WaitUntilCaughtUpAsync(Cancellation);
        await PassUntil(async () => await again.DeadLetters.CountAsync(cancellationToken: Cancellation) == 2);
        _calls.ShouldBe(8);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Scenario_E41_WithoutDeadLetters_NothingIsRecordedAndTheCursorAdvances()
    {
        var shop = Desk(domain => Handling(domain).Delivery(o => o.DeadLetters = false));
        await PlaceAsync(shop, 2);

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        await engine.StopAsync(Cancellation);

        (await RecordsAsync()).ShouldBeEmpty();
        (await Store.GetCheckpointAsync(new("shop::handler", 0), Cancellation)).ShouldNotBeNull().Position.ShouldBe(2);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Scenario_E41_TheRecovery_RunsAtMostOnceInItsInterval()
    {
        _failures = 1;
        var shop = Desk(Declare);
        await PlaceAsync(shop, 1);
        var engine = await StartAsync(shop, o => o.RecoveryInterval = TimeSpan.FromHours(1));
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        await Until(() => Time.Waiting == 2);

        Time.Advance(TimeSpan.FromMinutes(59));
        await PlaceAsync(shop, 1, _ => "o2");
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        (await RecordsAsync()).ShouldHaveSingleItem();

        Time.Advance(TimeSpan.FromMinutes(1));
        await Until(async () => (await RecordsAsync()).Count == 0);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Scenario_E42_ARestart_GoesOnWithTheFailuresAndTheirRetries()
    {
        var shop = Desk(Declare);
        await PlaceAsync(shop, 1);
        var first = await StartAsync(shop, o => o.Server.MaxRetries = 5);
        await first.WaitUntilCaughtUpAsync(Cancellation);
        await PassUntil(async () => (await RecordsAsync()).Single().Retries >= 2);
        await first.StopAsync(Cancellation);
        var (calls, retries) = (_calls, (await RecordsAsync()).Single().Retries);

        var second = await StartAsync(Desk(Declare), o => o.Server.MaxRetries = 5);
        await PassUntil(async () => await second.DeadLetters.CountAsync(cancellationToken: Cancellation) == 1);

        (_calls - calls).ShouldBe(5 - retries);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Scenario_E43_AStoreThatIsAway_IsAskedAgainAfterAGrowingPauseAndTheEngineGoesOn()
    {
        _failures = 0;
        GuardedStore? guard = null;
        var shop = Shop(
            domain =>
            {
                domain.Aggregate<Note>();
                Handling(domain);
            },
            stores => guard = new GuardedStore(stores.Open()));
        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        var other = Desk(_ => { });

        for (var outage = 1; outage <= 2; outage++)
        {
            var before = Pauses().Count;
            guard!.IsAway = true;
            await PlaceAsync(other, 1, _ => $"o{outage}");
            await PassUntil(() => Pauses().Count >= before + 7);
            Pauses().Skip(before).Take(7).ShouldBe([1, 2, 4, 8, 16, 30, 30]);

            guard.IsAway = false;
            await PassUntil(() => HasNoteAsync(other, $"o{outage}"));
        }

        guard!.IsAway = true;
        await PlaceAsync(other, 1, _ => "o3");
        await Until(() => Pauses().Count > 14);
        await engine.StopAsync(Cancellation);
        engine.Status.IsRunning.ShouldBeFalse();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Scenario_E45_AnExhaustedMessage_IsListedInspectedReplayedToItsHandlerAloneAndPurged()
    {
        ConcurrentQueue<string> sound = new();
        var shop = Desk(domain =>
        {
            Handling(domain);
            domain.EventHandler<Order>().Named("sound").On<OrderPlaced>((e, _) => sound.Enqueue(e.OrderId));
        });
        await PlaceAsync(shop, 2);
        var engine = await StartAsync(shop, o => o.Server.MaxRetries = 0);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        var dead = await engine.DeadLetters.ListAsync(new() { Handler = "handler" }, Cancellation);
        dead.Count.ShouldBe(2);
        var attempt = (await engine.DeadLetters.InspectAsync(dead[0].Key, Cancellation)).ShouldNotBeNull().Record.Attempts.ShouldHaveSingleItem();
        (attempt.ExceptionType, attempt.Message).ShouldBe(("System.InvalidOperationException", "no o1"));
        attempt.Detail.ShouldContain(nameof(ScenarioESuite));

        _failures = 0;
        (await engine.DeadLetters.ReplayAsync(dead[0].Key, Cancellation)).ShouldBeTrue();
        (await engine.DeadLetters.PurgeAsync(dead[1].Key, Cancellation)).ShouldBeTrue();
        await Until(async () => (await RecordsAsync()).Count == 0);
        sound.ShouldBe(["o1", "o2"]);
        ((await HasNoteAsync(shop, "o1")), (await HasNoteAsync(shop, "o2"))).ShouldBe((true, false));
    }

    [GeneratedRegex(@"^The engine's tail cannot work with the store; it is tried again in (\d+) s$")]
    private static partial Regex PauseOfTheTail();

    private List<int> Pauses() =>
        [.. Log.Lines.Where(l => l.Id == 2003).Select(l => PauseOfTheTail().Match(l.Text)).Where(m => m.Success).Select(m => int.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture))];

    private void Declare(DomainBuilder domain) => Handling(domain).HandleError((error, _, _) => _told.Enqueue(error.Message));

    private AggregateEventHandlerBuilder<Order> Handling(DomainBuilder domain) => domain.EventHandler<Order>().Named("handler").On<OrderPlaced>((e, context) =>
    {
        context.Repository<Note>().Add(Note.Of(e.OrderId));
        if (Interlocked.Increment(ref _calls) <= Volatile.Read(ref _failures))
            throw new InvalidOperationException("no " + e.OrderId);
    });
}
