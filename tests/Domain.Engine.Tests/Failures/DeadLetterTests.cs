using System.Collections.Concurrent;
using System.Text;
using Protean.Engine;
using Protean.Storage;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Failures;

/// <summary>What is tried no more can be found, looked at, tried again and given up.</summary>
public sealed class DeadLetterTests : FailingShop
{
    private static readonly string[] Handlers = ["left", "right"];

    private readonly ConcurrentQueue<string> _called = new();
    private volatile bool _isBroken = true;

    [Fact(Timeout = HangLimit)]
    public async Task List_FindsByHandlerTypeAndTime()
    {
        var (shop, engine) = await FailedAsync(2);
        var later = Time.GetUtcNow() + TimeSpan.FromHours(1);
        Time.Advance(TimeSpan.FromHours(1));
        await PlaceAsync(shop, 1, _ => "late");
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        (await CountAsync(engine, new())).ShouldBe(6);
        (await CountAsync(engine, new() { Handler = "left" })).ShouldBe(3);
        var durable = (await engine.DeadLetters.ListAsync(new() { Handler = "left" }, Cancellation))[0].Key.Handler;
        durable.ShouldNotBe("left");
        (await CountAsync(engine, new() { Handler = durable })).ShouldBe(3);
        (await CountAsync(engine, new() { Handler = "nobody" })).ShouldBe(0);
        (await CountAsync(engine, new() { MessageType = "Shop.OrderPlaced.v1" })).ShouldBe(6);
        (await CountAsync(engine, new() { MessageType = "Shop.OrderShipped.v1" })).ShouldBe(0);
        (await CountAsync(engine, new() { FailedFrom = later })).ShouldBe(2);
        (await CountAsync(engine, new() { FailedBefore = later })).ShouldBe(4);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Inspect_ShowsTheMessageAndEveryAttempt()
    {
        var (_, engine) = await FailedAsync(1, maxRetries: 2);
        await PassUntil(async () => await engine.DeadLetters.CountAsync(cancellationToken: Cancellation) == 2);
        var key = (await engine.DeadLetters.ListAsync(new() { Handler = "left" }, Cancellation)).Single().Key;

        var letter = (await engine.DeadLetters.InspectAsync(key, Cancellation)).ShouldNotBeNull();

        letter.Record.Attempts.Count.ShouldBe(3);
        foreach (var attempt in letter.Record.Attempts)
        {
            attempt.ExceptionType.ShouldBe("System.InvalidOperationException");
            attempt.Message.ShouldBe("no o1");
            attempt.Detail.ShouldContain(nameof(DeadLetterTests));
        }

        var message = letter.Message.ShouldNotBeNull();
        Encoding.UTF8.GetString(message.Body.Span).ShouldContain("o1");
        message.Metadata.CorrelationId.ShouldNotBeNullOrEmpty();
        (await engine.DeadLetters.InspectAsync(key with { Method = "another" }, Cancellation)).ShouldBeNull();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Replay_OfOne_CallsItsHandlerOnlyAndOnlyWithThat()
    {
        var (_, engine) = await FailedAsync(2);
        _isBroken = false;
        _called.Clear();
        var key = (await engine.DeadLetters.ListAsync(new() { Handler = "left" }, Cancellation))[1].Key;

        (await engine.DeadLetters.ReplayAsync(key, Cancellation)).ShouldBeTrue();
        await Until(async () => (await RecordsAsync()).Count == 3);

        _called.ShouldBe(["left o2"]);
        (await engine.DeadLetters.ReplayAsync(key, Cancellation)).ShouldBeFalse();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Replay_ThatFails_IsDeadAgain()
    {
        var (_, engine) = await FailedAsync(1);

        (await engine.DeadLetters.ReplayAllAsync(new() { Handler = "left" }, Cancellation)).ShouldBe(1);
        await Until(async () => (await RecordsAsync())[0] is { Status: FailureStatus.Dead, Attempts.Count: 2 });
    }

    [Fact(Timeout = HangLimit)]
    public async Task Purge_GivesUpOneOrAll()
    {
        var (_, engine) = await FailedAsync(2);
        var key = (await engine.DeadLetters.ListAsync(cancellationToken: Cancellation))[0].Key;

        (await engine.DeadLetters.PurgeAsync(key, Cancellation)).ShouldBeTrue();
        (await engine.DeadLetters.PurgeAsync(key, Cancellation)).ShouldBeFalse();
        (await engine.DeadLetters.PurgeAllAsync(new() { Handler = "right" }, Cancellation)).ShouldBe(2);

        var left = (await RecordsAsync()).ShouldHaveSingleItem();
        left.Key.Handler.ShouldBe(key.Handler);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Replays_AtOnceWithRecoveries_HaveEffectsOnce()
    {
        var (shop, engine) = await FailedAsync(20, maxRetries: 1);
        _isBroken = false;

        var replays = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            // In memory nothing waits, and the engine needs a thread, too.
            using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
            while ((await RecordsAsync()).Count > 0)
            {
                await engine.DeadLetters.ReplayAllAsync(new() { Status = FailureStatus.Retrying }, Cancellation);
                await engine.DeadLetters.ReplayAllAsync(cancellationToken: Cancellation);
                Time.Advance(RecoveryInterval);
                await pause.WaitForNextTickAsync(Cancellation);
            }
        }));
        await Task.WhenAll(replays);

        foreach (var handler in Handlers)
        {
            for (var n = 1; n <= 20; n++)
                (await shop.Repository<Note>().GetAsync($"{handler} o{n}", Cancellation)).Times.ShouldBe(1);
        }
    }

    private static async Task<long> CountAsync(DomainEngine engine, FailureQuery query)
    {
        var count = await engine.DeadLetters.CountAsync(query, Cancellation);
        (await engine.DeadLetters.ListAsync(query, Cancellation)).Count.ShouldBe((int)count);
        return count;
    }

    private async Task<(Domain Shop, DomainEngine Engine)> FailedAsync(int orders, int maxRetries = 0)
    {
        var shop = Desk(domain =>
        {
            foreach (var name in Handlers)
            {
                domain.EventHandler<Order>().Named(name).On<OrderPlaced>(async (e, context) =>
                {
                    _called.Enqueue($"{name} {e.OrderId}");
                    if (_isBroken)
                        throw new InvalidOperationException("no " + e.OrderId);
                    var notes = context.Repository<Note>();
                    if (await notes.FindAsync($"{name} {e.OrderId}", context.CancellationToken) is { } note)
                        note.Times++;
                    else
                        notes.Add(Note.Of($"{name} {e.OrderId}"));
                });
            }
        });
        await PlaceAsync(shop, orders);
        var engine = await StartAsync(shop, o =>
        {
            o.Server.MaxRetries = maxRetries;
            o.Server.CircuitBreakerThreshold = 0;
        });
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        return (shop, engine);
    }
}
