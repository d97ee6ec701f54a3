using System.Collections.Concurrent;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Failures;

/// <summary>Whoever wants to know is told of each failed delivery, and whatever he does about it ends nothing else.</summary>
public sealed class ErrorHandlerTests : FailingShop
{
    [Theory(Timeout = HangLimit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task HandleError_OfTheDeclaration_LeavesWhatItDoes(bool isAsync)
    {
        var shop = Desk(domain =>
        {
            var handler = domain.EventHandler<Order>().On<OrderPlaced>((e, _) => throw new InvalidOperationException("no " + e.OrderId));
            if (isAsync)
            {
                handler.HandleError(async (error, message, context) =>
                {
                    await Task.Yield();
                    context.Repository<Note>().Add(Note.Of($"{error.Message} {message.Stream}"));
                });
            }
            else
            {
                handler.HandleError((error, message, context) => context.Repository<Note>().Add(Note.Of($"{error.Message} {message.Stream}")));
            }
        });
        await PlaceAsync(shop, 2);

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        (await HasNoteAsync(shop, "no o1 shop::order-o1")).ShouldBeTrue();
        (await HasNoteAsync(shop, "no o2 shop::order-o2")).ShouldBeTrue();
    }

    [Fact(Timeout = HangLimit)]
    public async Task HandleError_OfTheClass_IsToldAndLeavesWhatItDoes()
    {
        var shop = Desk(domain => domain.EventHandler<Order>().Use<Clerk>());
        await PlaceAsync(shop, 1);

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        (await HasNoteAsync(shop, "told of o1")).ShouldBeTrue();
        (await HasNoteAsync(shop, "done o1")).ShouldBeFalse();
    }

    [Fact(Timeout = HangLimit)]
    public async Task HandleError_ThatThrows_IsLoggedAndTheNextMessageHandled()
    {
        ConcurrentQueue<string> handled = new();
        var shop = Desk(domain => domain.EventHandler<Order>()
            .On<OrderPlaced>((e, _) =>
            {
                if (e.OrderId == "o1")
                    throw new InvalidOperationException("no");
                handled.Enqueue(e.OrderId);
            })
            .HandleError((_, _, context) =>
            {
                context.Repository<Note>().Add(Note.Of("half done"));
                throw new NotSupportedException("worse");
            }));
        await PlaceAsync(shop, 2);

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        handled.ShouldBe(["o2"]);
        Log.Lines.ShouldContain(l => l.Id == 1003 && l.Error is NotSupportedException);
        (await HasNoteAsync(shop, "half done")).ShouldBeFalse();
        (await RecordsAsync()).ShouldHaveSingleItem().Attempts.ShouldHaveSingleItem().Message.ShouldBe("no");
    }

    [Theory(Timeout = HangLimit)]
    [InlineData(FailurePolicy.Skip)]
    [InlineData(FailurePolicy.ParkStream)]
    public async Task HandleError_WhoseEffectsAreRefused_IsLoggedAndTheFailureItselfRecorded(FailurePolicy policy)
    {
        ConcurrentQueue<string> handled = new();
        var shop = Desk(domain => domain.EventHandler<Order>().OnFailure(policy)
            .On<OrderPlaced>((e, context) =>
            {
                if (e.OrderId == "o2")
                    throw new InvalidOperationException("no");
                context.Repository<Note>().Add(Note.Of(e.OrderId));
            })
            .HandleError((_, _, context) => context.Repository<Note>().Add(Note.Of("other", "taken"))));
        await shop.Repository<Note>().SaveAsync(Note.Of("first", "taken"), Cancellation);
        await PlaceAsync(shop, 3);

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        (await RecordsAsync()).ShouldHaveSingleItem().Attempts.ShouldHaveSingleItem().Message.ShouldBe("no");
        Log.Lines.ShouldContain(l => l.Id == 1003 && l.Error is DuplicateValueException);
        (await HasNoteAsync(shop, "o1")).ShouldBeTrue();
        (await HasNoteAsync(shop, "o3")).ShouldBeTrue();
    }

    [Fact(Timeout = HangLimit)]
    public async Task HandleError_OfAFailedRecovery_WhoseEffectsAreRefused_DoesNotKeepItFromComingToItsEnd()
    {
        var shop = Desk(domain => domain.EventHandler<Order>()
            .On<OrderPlaced>((_, _) => throw new InvalidOperationException("no"))
            .HandleError((_, _, context) => context.Repository<Note>().Add(Note.Of("other", "taken"))));
        await shop.Repository<Note>().SaveAsync(Note.Of("first", "taken"), Cancellation);
        await PlaceAsync(shop, 1);

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        await PassUntil(async () => await engine.DeadLetters.CountAsync(cancellationToken: Cancellation) == 1);

        (await RecordsAsync()).ShouldHaveSingleItem().Attempts.Select(a => a.Message).ShouldBe(["no", "no", "no", "no"]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task HandleError_IsToldOnceOfEachFailedDelivery_RecoveriesIncluded()
    {
        var told = 0;
        var shop = Desk(domain => domain.EventHandler<Order>()
            .On<OrderPlaced>((_, _) => throw new InvalidOperationException("no"))
            .HandleError((_, _, context) => context.Repository<Note>().Add(Note.Of($"told {Interlocked.Increment(ref told)}"))));
        await PlaceAsync(shop, 1);

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        told.ShouldBe(1);
        await PassUntil(async () => await engine.DeadLetters.CountAsync(cancellationToken: Cancellation) == 1);

        told.ShouldBe(4);
        (await HasNoteAsync(shop, "told 4")).ShouldBeTrue();
    }

    private sealed class Clerk : IHandle<OrderPlaced>, IHandleErrors
    {
        public Task HandleAsync(OrderPlaced message, HandlerContext context)
        {
            context.Repository<Note>().Add(Note.Of("done " + message.OrderId));
            throw new InvalidOperationException("no");
        }

        public Task HandleErrorAsync(Exception error, Message message, HandlerContext context)
        {
            context.Repository<Note>().Add(Note.Of($"told of {((OrderPlaced)message.Payload).OrderId}"));
            return Task.CompletedTask;
        }
    }
}
