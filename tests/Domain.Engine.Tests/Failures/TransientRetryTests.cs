using System.Collections.Concurrent;
using Polly;
using Polly.Retry;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Failures;

/// <summary>Errors that may go away are repeated at once, if somebody has asked for it.</summary>
public sealed class TransientRetryTests : FailingShop
{
    private readonly ConcurrentQueue<DateTimeOffset> _calls = new();

    [Fact(Timeout = HangLimit)]
    public async Task Repetition_IsOffByDefault()
    {
        var shop = await PlacedAsync(domain => Fail(domain, 1, () => new TimeoutException()));

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        _calls.Count.ShouldBe(1);
        (await RecordsAsync()).ShouldHaveSingleItem();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Repetition_OfTimeouts_HappensAsOftenAndAsLateAsDeclared()
    {
        var shop = await PlacedAsync(domain => Fail(domain, 2, () => new TimeoutException()).RetryTransient(2, TimeSpan.FromSeconds(1)));

        var engine = await StartAsync(shop);
        await PassDelayAsync(1, TimeSpan.FromSeconds(1));
        await PassDelayAsync(2, TimeSpan.FromSeconds(2));
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        _calls.Count.ShouldBe(3);
        (await HasNoteAsync(shop, "call 3")).ShouldBeTrue();
        (await HasNoteAsync(shop, "call 1")).ShouldBeFalse();
        (await RecordsAsync()).ShouldBeEmpty();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Repetition_OfAnErrorThatIsNotDeclared_DoesNotHappen()
    {
        var shop = await PlacedAsync(domain => Fail(domain, 1, () => new TimeoutException()).RetryTransient(2, TimeSpan.Zero, typeof(NotSupportedException)));

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        _calls.Count.ShouldBe(1);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Repetition_OfADeclaredError_Happens()
    {
        var shop = await PlacedAsync(domain => Fail(domain, 1, () => new NotSupportedException()).RetryTransient(2, TimeSpan.Zero, typeof(NotSupportedException)));

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        _calls.Count.ShouldBe(2);
        (await RecordsAsync()).ShouldBeEmpty();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Repetition_SwitchedOffOnTheHandler_IsOffWhateverTheServerSays()
    {
        var shop = await PlacedAsync(domain => Fail(domain, 1, () => new TimeoutException()).RetryTransient(0));

        var engine = await StartAsync(shop, o => o.Server.TransientRetries = 5);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        _calls.Count.ShouldBe(1);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Repetition_OfConflicts_IsNotMultipliedByThatOfOtherErrors()
    {
        var shop = await PlacedAsync(domain => Fail(domain, int.MaxValue, () => new ConcurrencyException("stock", 1, 2))
            .RetryConflicts(1, TimeSpan.Zero).RetryTransient(3, TimeSpan.Zero));

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        _calls.Count.ShouldBe(2);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Pipeline_OfTheHandler_WrapsEachCallInAUnitOfWorkOfItsOwn()
    {
        var shop = await PlacedAsync(domain => Fail(domain, 2, () => new InvalidOperationException("no"))
            .Resilience(pipeline => pipeline.AddRetry(new RetryStrategyOptions { MaxRetryAttempts = 2, Delay = TimeSpan.Zero })));

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        _calls.Count.ShouldBe(3);
        (await HasNoteAsync(shop, "call 2")).ShouldBeFalse();
        (await HasNoteAsync(shop, "call 3")).ShouldBeTrue();
    }

    [Theory(Timeout = HangLimit)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Repetition_ThatWouldBeginAfterTheDeadline_DoesNotHappen(bool isOwnPipeline)
    {
        var told = new ConcurrentQueue<string>();
        var shop = Desk(domain =>
        {
            var handler = domain.CommandHandler<Order>()
                .On<ShipOrder>((_, _) =>
                {
                    _calls.Enqueue(Time.GetUtcNow());
                    throw new TimeoutException("slow");
                })
                .HandleError((error, _, _) => told.Enqueue(error.Message));
            if (isOwnPipeline)
                handler.Resilience(pipeline => pipeline.AddRetry(new RetryStrategyOptions { MaxRetryAttempts = 5, Delay = TimeSpan.FromSeconds(10), BackoffType = DelayBackoffType.Constant }));
            else
                handler.RetryTransient(5, TimeSpan.FromSeconds(10));
        });
        var engine = await StartAsync(shop);

        await shop.EnqueueAsync(new ShipOrder("o1"), new() { Deadline = Time.GetUtcNow() + TimeSpan.FromSeconds(15) }, Cancellation);
        await PassUntilAsync(() => !told.IsEmpty, TimeSpan.FromSeconds(10));
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        _calls.Count.ShouldBe(2);
        told.ShouldBe(["slow"]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Delay_OfOneHandler_HoldsUpNoOther()
    {
        var handled = new ConcurrentQueue<string>();
        var shop = await PlacedAsync(domain =>
        {
            domain.EventHandler<Order>().Named("prompt").On<OrderPlaced>((e, _) => handled.Enqueue(e.OrderId));
            Fail(domain, int.MaxValue, () => new TimeoutException()).RetryTransient(2, TimeSpan.FromHours(1));
        });

        var engine = await StartAsync(shop);
        await Until(() => _calls.Count == 1);
        await PlaceAsync(shop, 2, n => $"p{n}");

        await Until(() => handled.Count == 3);
        _calls.Count.ShouldBe(1);
        // What waits is given up when the drain limit has passed.
        var stopped = engine.StopAsync(Cancellation);
        await PassUntil(() => stopped.IsCompleted);
    }

    private AggregateEventHandlerBuilder<Order> Fail(DomainBuilder domain, int times, Func<Exception> error) =>
        domain.EventHandler<Order>().On<OrderPlaced>((_, context) =>
        {
            _calls.Enqueue(Time.GetUtcNow());
            context.Repository<Note>().Add(Note.Of($"call {_calls.Count}"));
            if (_calls.Count <= times)
                throw error();
        });

    private async Task<Domain> PlacedAsync(Action<DomainBuilder> declare)
    {
        var shop = Desk(declare);
        await PlaceAsync(shop, 1);
        return shop;
    }

    private async Task PassDelayAsync(int calls, TimeSpan delay)
    {
        // Beside it there are the beat of the node and the recovery.
        await Until(() => _calls.Count == calls && Time.Waiting == 3);
        Time.Advance(delay - TimeSpan.FromMilliseconds(1));
        await Until(() => Time.Waiting == 3);
        _calls.Count.ShouldBe(calls);
        Time.Advance(TimeSpan.FromMilliseconds(1));
        await Until(() => _calls.Count == calls + 1);
    }

    private Task PassUntilAsync(Func<bool> condition, TimeSpan step) => Until(() =>
    {
        if (condition())
            return true;
        if (Time.Waiting >= 3)
            Time.Advance(step);
        return false;
    });
}
