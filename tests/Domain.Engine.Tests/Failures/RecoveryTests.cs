using Protean.Storage;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Failures;

/// <summary>What has failed is tried again, later and later, and in the end no more.</summary>
public sealed class RecoveryTests : FailingShop
{
    private int _calls;
    private int _failures = int.MaxValue;

    [Fact(Timeout = HangLimit)]
    public async Task Delivery_ThatFailsOnce_IsDoneByItsRecovery()
    {
        _failures = 1;
        var shop = Desk(Declare);
        await PlaceAsync(shop, 1);
        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        (await RecordsAsync()).ShouldHaveSingleItem().Status.ShouldBe(FailureStatus.Retrying);

        await PassUntil(() => HasNoteAsync(shop, "done o1"));

        // Its effects and the end of its record are one commit: who sees the one sees the other.
        (await RecordsAsync()).ShouldBeEmpty();
        _calls.ShouldBe(2);
        await Until(() => Log.Lines.Any(l => l.Id == 2013));
    }

    [Fact(Timeout = HangLimit)]
    public async Task Delivery_ThatAlwaysFails_IsTriedThreeMoreTimesAndNeverAgain()
    {
        var shop = Desk(Declare);
        await PlaceAsync(shop, 1);
        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        await PassUntil(() => Log.Lines.Any(l => l.Id == 2012));
        var dead = (await RecordsAsync()).ShouldHaveSingleItem();
        (dead.Status, dead.Retries, dead.Attempts.Count).ShouldBe((FailureStatus.Dead, 3, 4));
        _calls.ShouldBe(4);

        await LetRecoveriesLookAsync();
        await engine.StopAsync(Cancellation);
        var again = await StartAsync(Desk(Declare));
        await again.WaitUntilCaughtUpAsync(Cancellation);
        await LetRecoveriesLookAsync();
        _calls.ShouldBe(4);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Delay_OfEachRetry_IsAboutTwiceThatOfTheOneBefore()
    {
        var shop = Desk(Declare);
        await PlaceAsync(shop, 5);
        await (await StartAsync(shop, o => o.Server.RetryDelay = TimeSpan.FromSeconds(100))).WaitUntilCaughtUpAsync(Cancellation);

        var first = (await RecordsAsync()).Select(r => (r.NextAttemptAt!.Value - r.UpdatedAt).TotalSeconds).ToList();
        // Who looks after 125 s finds them all due, and none of them a second time before 225 s.
        var latest = Time.GetUtcNow() + TimeSpan.FromSeconds(210);
        await Until(async () =>
        {
            if ((await RecordsAsync()).All(r => r.Retries == 1))
                return true;
            if (Time.Waiting >= 2 && Time.GetUtcNow() < latest)
                Time.Advance(RecoveryInterval);
            return false;
        });
        var second = (await RecordsAsync()).Select(r => (r.NextAttemptAt!.Value - r.UpdatedAt).TotalSeconds).ToList();

        first.ShouldAllBe(s => s >= 75 && s <= 125);
        second.ShouldAllBe(s => s >= 150 && s <= 250);
        first.Distinct().Count().ShouldBeGreaterThan(1);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Recovery_LooksOnlyWhenItsIntervalIsOver()
    {
        var shop = Desk(Declare);
        await PlaceAsync(shop, 1);
        var engine = await StartAsync(shop, o =>
        {
            o.RecoveryInterval = TimeSpan.FromHours(1);
            o.Server.RetryDelay = TimeSpan.FromSeconds(1);
        });
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        // The beat of the node and the recovery.
        await Until(() => Time.Waiting == 2);

        Time.Advance(TimeSpan.FromMinutes(59));
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        (await RecordsAsync()).ShouldHaveSingleItem().Attempts.Count.ShouldBe(1);

        Time.Advance(TimeSpan.FromMinutes(1));
        await Until(async () => (await RecordsAsync()).Single().Attempts.Count == 2);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Restart_GoesOnWithTheRecordsAndTheirRetries()
    {
        var shop = Desk(Declare);
        await PlaceAsync(shop, 1);
        var first = await StartAsync(shop);
        await first.WaitUntilCaughtUpAsync(Cancellation);
        await PassUntil(async () => (await RecordsAsync()).Single().Retries >= 1);
        await first.StopAsync(Cancellation);
        var (calls, retries) = (_calls, (await RecordsAsync()).Single().Retries);

        var second = await StartAsync(Desk(Declare));
        await PassUntil(async () => await second.DeadLetters.CountAsync(cancellationToken: Cancellation) == 1);

        (_calls - calls).ShouldBe(3 - retries);
    }

    [Fact(Timeout = HangLimit)]
    public async Task DeadLetters_SwitchedOff_LeavesNoRecordButALogLine()
    {
        var shop = Desk(Declare);
        await PlaceAsync(shop, 2);

        var engine = await StartAsync(shop, o => o.Server.DeadLetters = false);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        (await RecordsAsync()).ShouldBeEmpty();
        Log.Lines.Count(l => l.Id == 1002 && l.Error is InvalidOperationException).ShouldBe(2);
        _calls.ShouldBe(2);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Delivery_WhoseRecoveriesAreRefused_IsDeadInTheEnd()
    {
        var shop = Desk(domain => domain.EventHandler<Order>()
            .On<OrderPlaced>((e, context) => context.Repository<Note>().Add(Note.Of("done " + e.OrderId, "taken"))));
        await shop.Repository<Note>().SaveAsync(Note.Of("taker", "taken"), Cancellation);
        await PlaceAsync(shop, 1);
        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        await PassUntil(async () => await engine.DeadLetters.CountAsync(cancellationToken: Cancellation) == 1);

        var dead = (await RecordsAsync()).ShouldHaveSingleItem();
        dead.Retries.ShouldBe(3);
        dead.Attempts.ShouldAllBe(a => a.ExceptionType == typeof(DuplicateValueException).FullName);
    }

    /// <summary>Whoever lets the recovery look when something else is due knows that it has looked at everything.</summary>
    private async Task LetRecoveriesLookAsync()
    {
        for (var look = 0; look < 3; look++)
        {
            await Until(() => Time.Waiting >= 2);
            Time.Advance(TimeSpan.FromHours(2));
        }

        await Until(() => Time.Waiting >= 2);
    }

    private void Declare(DomainBuilder domain) => domain.EventHandler<Order>()
        .On<OrderPlaced>((e, context) =>
        {
            context.Repository<Note>().Add(Note.Of("done " + e.OrderId));
            if (Interlocked.Increment(ref _calls) <= _failures)
                throw new InvalidOperationException("no");
        });
}
