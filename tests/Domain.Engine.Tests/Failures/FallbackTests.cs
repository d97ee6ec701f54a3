using System.Collections.Concurrent;
using Protean.Engine;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Failures;

/// <summary>What stands in for a handler of the engine, when everything else that was to help it has been tried.</summary>
public sealed class FallbackTests : FailingShop
{
    private readonly ConcurrentQueue<string> _calls = new();

    [Fact(Timeout = HangLimit)]
    public async Task Fallback_OfAHandlerThatRepeatsErrors_StandsInOnceAfterTheRepetitions()
    {
        var shop = await PlacedAsync(handler => handler
            .RetryTransient(2, TimeSpan.Zero)
            .On<OrderPlaced>((_, context) => Fail(context, "primary", new TimeoutException()))
            .Fallback<OrderPlaced>((_, context) => StandInAsync(context)));

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        _calls.ShouldBe(["primary", "primary", "primary", "fallback after TimeoutException"]);
        (await HasNoteAsync(shop, "fallback")).ShouldBeTrue();
        (await HasNoteAsync(shop, "primary")).ShouldBeFalse();
        (await RecordsAsync()).ShouldBeEmpty();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Fallback_OfAHandlerThatTakesTooLong_StandsIn()
    {
        var limit = TimeSpan.FromSeconds(5);
        var shop = await PlacedAsync(handler => handler
            .TimeLimit(limit)
            .On<OrderPlaced>((_, context) =>
            {
                _calls.Enqueue("primary");
                return Task.Delay(Timeout.Infinite, context.CancellationToken);
            })
            .Fallback<OrderPlaced>((_, context) => StandInAsync(context)));

        var engine = await StartAsync(shop);
        // The limit beside the beat of the node and the recovery.
        await Until(() => _calls.Count == 1 && Time.Waiting == 3);
        Time.Advance(limit);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        _calls.ShouldBe(["primary", $"fallback after {nameof(HandlerTimeoutException)}"]);
        (await HasNoteAsync(shop, "fallback")).ShouldBeTrue();
        (await RecordsAsync()).ShouldBeEmpty();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Fallback_ThatFailsItself_IsWhatIsRecorded()
    {
        var shop = await PlacedAsync(handler => handler
            .RetryTransient(2, TimeSpan.Zero)
            .On<OrderPlaced>((_, context) => Fail(context, "primary", new NotSupportedException()))
            .Fallback<OrderPlaced>((_, context) =>
            {
                Fail(context, "fallback", new TimeoutException("nor can I"));
                return Task.CompletedTask;
            }));

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        _calls.ShouldBe(["primary", "fallback"]);
        (await RecordsAsync()).ShouldHaveSingleItem().Attempts.ShouldHaveSingleItem().Message.ShouldBe("nor can I");
    }

    [Fact(Timeout = HangLimit)]
    public async Task Fallback_OfAnEnqueuedCommand_StandsInAfterTheRepetitions()
    {
        var shop = Desk(domain => domain.CommandHandler<Order>()
            .RetryTransient(1, TimeSpan.Zero)
            .On<ShipOrder>((_, context) => Fail(context, "primary", new TimeoutException()))
            .Fallback<ShipOrder>((_, context) => StandInAsync(context)));
        await StartAsync(shop);

        var handle = await shop.EnqueueAsync(new ShipOrder("o1"), cancellationToken: Cancellation);
        await handle.WaitAsync(Cancellation);

        _calls.ShouldBe(["primary", "primary", "fallback after TimeoutException"]);
        (await HasNoteAsync(shop, "fallback")).ShouldBeTrue();
    }

    [Fact(Timeout = HangLimit)]
    public async Task CircuitBreaker_OfAHandlerThatRepeatsErrors_CountsMessagesAndCallsItNoMore()
    {
        var shop = Desk(domain => domain.EventHandler<Order>()
            .RetryTransient(1, TimeSpan.Zero)
            .CircuitBreaker(2, TimeSpan.FromHours(1))
            .On<OrderPlaced>((e, _) =>
            {
                _calls.Enqueue(e.OrderId);
                throw new TimeoutException();
            })
            .Fallback<OrderPlaced>((_, _) => Task.CompletedTask));
        await PlaceAsync(shop, 4);

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        _calls.ShouldBe(["o1", "o1", "o2", "o2"]);
        (await RecordsAsync()).ShouldBeEmpty();
    }

    private void Fail(HandlerContext context, string name, Exception error)
    {
        _calls.Enqueue(name);
        context.Repository<Note>().Add(Note.Of(name));
        throw error;
    }

    private Task StandInAsync(HandlerContext context)
    {
        _calls.Enqueue($"fallback after {context.Error!.GetType().Name}");
        context.Repository<Note>().Add(Note.Of("fallback"));
        return Task.CompletedTask;
    }

    private async Task<Domain> PlacedAsync(Action<AggregateEventHandlerBuilder<Order>> declare)
    {
        var shop = Desk(domain => declare(domain.EventHandler<Order>()));
        await PlaceAsync(shop, 1);
        return shop;
    }
}
