using Protean.Engine;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Failures;

/// <summary>A handler that takes too long has failed, and whatever it still does is refused.</summary>
public sealed class TimeLimitTests : FailingShop
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isEntered;
    private readonly TaskCompletionSource<Exception?> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Theory(Timeout = HangLimit)]
    [InlineData("never returns")]
    [InlineData("obeys")]
    [InlineData("blocks")]
    public async Task Handler_ThatTakesTooLong_HasFailedAndTheNextMessageIsHandled(string how)
    {
        var shop = await PlacedAsync(context => how switch
        {
            "obeys" => Task.Delay(Timeout.InfiniteTimeSpan, context.CancellationToken),
            "blocks" => Task.Run(() => _release.Task.Wait(Cancellation), Cancellation),
            _ => _release.Task,
        });

        var engine = await StartAsync(shop);
        await PassLimitAsync(() => HasNoteAsync(shop, "o2"));
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        var record = (await RecordsAsync()).ShouldHaveSingleItem();
        record.Stream.ShouldBe("shop::order-o1");
        record.Attempts.ShouldHaveSingleItem().ExceptionType.ShouldBe(typeof(HandlerTimeoutException).FullName);
        (await HasNoteAsync(shop, "o1")).ShouldBeFalse();
        _release.TrySetResult();
    }

    [Theory(Timeout = HangLimit)]
    [InlineData("returns")]
    [InlineData("queries")]
    [InlineData("loads")]
    public async Task Handler_ThatGoesOnAfterItsLimit_IsRefused(string then)
    {
        var shop = await PlacedAsync(async context =>
        {
            var notes = context.Repository<Note>();
            notes.Add(Note.Of("late"));
            await _release.Task;
            try
            {
                if (then == "queries")
                    await notes.FindByAsync(n => n.Text == "o2", Cancellation);
                if (then == "loads")
                    await notes.FindAsync("o2", Cancellation);
                _end.TrySetResult(null);
            }
            catch (Exception error)
            {
                _end.TrySetResult(error);
                throw;
            }
        });

        var engine = await StartAsync(shop);
        await PassLimitAsync(() => HasNoteAsync(shop, "o2"));
        _release.SetResult();
        var error = await _end.Task.WaitAsync(Cancellation);
        await PlaceAsync(shop, 1, _ => "o3");
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        if (then != "returns")
            error.ShouldBeOfType<InvalidOperationException>();
        (await HasNoteAsync(shop, "late")).ShouldBeFalse();
        (await HasNoteAsync(shop, "o3")).ShouldBeTrue();
        (await RecordsAsync()).ShouldHaveSingleItem().Attempts.Count.ShouldBe(1);
    }

    [Fact(Timeout = HangLimit)]
    public async Task ErrorHandler_ThatNeverReturns_HoldsUpNobody()
    {
        var shop = Desk(domain => domain.EventHandler<Order>().TimeLimit(Limit)
            .On<OrderPlaced>((e, context) =>
            {
                if (e.OrderId == "o1")
                    throw new InvalidOperationException("no");
                context.Repository<Note>().Add(Note.Of(e.OrderId));
            })
            .HandleError((_, _, _) =>
            {
                _isEntered = true;
                return _release.Task;
            }));
        await PlaceAsync(shop, 2);

        await StartAsync(shop);
        await PassLimitAsync(() => HasNoteAsync(shop, "o2"));

        (await RecordsAsync()).ShouldHaveSingleItem().Attempts.ShouldHaveSingleItem().Message.ShouldBe("no");
        Log.Lines.ShouldContain(l => l.Id == 1003 && l.Error is HandlerTimeoutException);
        _release.SetResult();
    }

    private async Task<Domain> PlacedAsync(Func<HandlerContext, Task> first)
    {
        var shop = Desk(domain => domain.EventHandler<Order>().TimeLimit(Limit).On<OrderPlaced>(async (e, context) =>
        {
            if (e.OrderId == "o1")
            {
                _isEntered = true;
                await first(context);
            }

            context.Repository<Note>().Add(Note.Of(e.OrderId));
        }));
        await PlaceAsync(shop, 2);
        return shop;
    }

    /// <summary>Lets the limit pass, but never so much time that the recovery looks.</summary>
    private async Task PassLimitAsync(Func<Task<bool>> condition)
    {
        // The limit beside the beat of the node and the recovery.
        await Until(() => _isEntered && Time.Waiting == 3);
        Time.Advance(Limit);
        await Until(condition);
    }
}
