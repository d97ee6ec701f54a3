using System.Collections.Concurrent;
using Protean.Storage;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Failures;

/// <summary>A failure is recorded, tried again, and holds up nobody else.</summary>
public sealed class FailureTests : EngineTests
{
    [Fact(Timeout = HangLimit)]
    public async Task Failure_OfOneMessage_IsToldRecordedAndPassedOver()
    {
        ConcurrentQueue<string> handled = new();
        ConcurrentQueue<string> told = new();
        var shop = Shop(domain => domain.EventHandler<Order>()
            .Delivery(o => o.MaxRetries = 0)
            .On<OrderPlaced>((e, _) =>
            {
                if (e.OrderId == "o2")
                    throw new InvalidOperationException("no");
                handled.Enqueue(e.OrderId);
            })
            .HandleError((error, message, _) => told.Enqueue($"{error.Message} {message.Position}")));
        await PlaceAsync(shop, 3);

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        handled.ShouldBe(["o1", "o3"]);
        told.ShouldBe(["no 0"]);
        var dead = (await engine.DeadLetters.ListAsync(cancellationToken: Cancellation)).ShouldHaveSingleItem();
        dead.Status.ShouldBe(FailureStatus.Dead);
        dead.MessageType.ShouldBe("Shop.OrderPlaced.v1");
        dead.Stream.ShouldBe("shop::order-o2");
        var attempt = dead.Attempts.ShouldHaveSingleItem();
        attempt.ExceptionType.ShouldBe("System.InvalidOperationException");
        attempt.Detail.ShouldContain(nameof(FailureTests));
    }

    [Fact(Timeout = HangLimit)]
    public async Task Replay_OfADeadLetter_RunsThatHandlerOnceMore()
    {
        ConcurrentQueue<string> handled = new();
        var isBroken = true;
        var shop = Shop(domain =>
        {
            domain.EventHandler<Order>().Named("broken").Delivery(o => o.MaxRetries = 0).On<OrderPlaced>((e, _) =>
            {
                if (Volatile.Read(ref isBroken))
                    throw new InvalidOperationException("no");
                handled.Enqueue("broken " + e.OrderId);
            });
            domain.EventHandler<Order>().Named("sound").On<OrderPlaced>((e, _) => handled.Enqueue("sound " + e.OrderId));
        });
        await PlaceAsync(shop, 1);
        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        Volatile.Write(ref isBroken, false);

        (await engine.DeadLetters.ReplayAllAsync(new() { Handler = "broken" }, Cancellation)).ShouldBe(1);
        await Until(() => handled.Contains("broken o1"));

        handled.ShouldBe(["sound o1", "broken o1"], ignoreOrder: true);
        await Until(async () => await engine.DeadLetters.CountAsync(new() { Status = FailureStatus.Retrying }, Cancellation) == 0);
        (await engine.DeadLetters.CountAsync(cancellationToken: Cancellation)).ShouldBe(0);
    }
}
