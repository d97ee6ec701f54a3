using System.Collections.Concurrent;
using Protean.Engine;
using Protean.Storage;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Failures;

/// <summary>A message that cannot be read fails without its handlers, and holds up nobody else.</summary>
public sealed class UnreadableTests : FailingShop
{
    private readonly ConcurrentQueue<string> _called = new();

    [Theory(Timeout = HangLimit)]
    [InlineData(true, typeof(CorruptMessageException))]
    [InlineData(false, typeof(MessageFormatException))]
    public async Task Message_ThatCannotBeRead_IsRecordedForEachMethodAndPassedOver(bool isCorrupt, Type problem)
    {
        var told = 0;
        var shop = Desk(domain => domain.EventHandler<Order>()
            .On<OrderPlaced>((e, _) => _called.Enqueue("first " + e.OrderId))
            .On<OrderPlaced>((e, _) => _called.Enqueue("second " + e.OrderId))
            .HandleError((_, _, _) => Interlocked.Increment(ref told)));
        await PlaceAsync(shop, 1);
        await StoreUnreadableAsync("shop::order-bad", isCorrupt);
        await PlaceAsync(shop, 1, _ => "o2");

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        _called.ShouldBe(["first o1", "second o1", "first o2", "second o2"]);
        told.ShouldBe(0);
        var records = await RecordsAsync();
        records.Select(r => r.Key.Method).ShouldBe(["OrderPlaced", "OrderPlaced#2"]);
        records.ShouldAllBe(r => r.Attempts.Single().ExceptionType == problem.FullName);
        Log.Lines.ShouldContain(l => l.Id == 2010);

        await PassUntil(async () => await engine.DeadLetters.CountAsync(cancellationToken: Cancellation) == 2);
        _called.Count.ShouldBe(4);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Message_ThatCannotBeRead_HasItsStreamWait()
    {
        var shop = Desk(domain => domain.EventHandler<Order>().OnFailure(FailurePolicy.ParkStream).On<OrderPlaced>((e, _) => _called.Enqueue(e.OrderId)));
        await StoreUnreadableAsync("shop::order-bad", isCorrupt: false);
        await StoreUnreadableAsync("shop::order-bad", isCorrupt: false);
        await PlaceAsync(shop, 1);

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        _called.ShouldBe(["o1"]);
        (await RecordsAsync()).Select(r => r.Status).ShouldBe([FailureStatus.Retrying, FailureStatus.Parked]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Message_ThatCannotBeRead_StopsAHandlerThatStops()
    {
        var shop = Desk(domain => domain.EventHandler<Order>().OnFailure(FailurePolicy.Stop).On<OrderPlaced>((e, _) => _called.Enqueue(e.OrderId)));
        await StoreUnreadableAsync("shop::order-bad", isCorrupt: false);

        var engine = await StartAsync(shop);

        await Until(() => engine.Status.Subscriptions.Single().Partitions.SingleOrDefault()?.State == PartitionState.Halted);
        (await RecordsAsync()).ShouldBeEmpty();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Message_WhoseKeyCannotBeTold_IsTheFailureOfOnePartition()
    {
        var shop = Desk(domain => domain.EventHandler<Order>().Partitions(4)
            .PartitionBy<OrderPlaced>(e => e.OrderId == "o2" ? throw new InvalidOperationException("no key") : e.BookId, "book")
            .On<OrderPlaced>((e, _) => _called.Enqueue(e.OrderId)));
        await PlaceAsync(shop, 3);

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        _called.ShouldBe(["o1", "o3"]);
        var record = (await RecordsAsync()).ShouldHaveSingleItem();
        (record.Revision, record.Partition).ShouldBe((1, StreamName.StableHash("shop::order-o2") % 4));
    }

    private async Task StoreUnreadableAsync(string stream, bool isCorrupt)
    {
        var body = isCorrupt ? """{"orderId":"bad","bookId":"b1","quantity":1}"""u8 : """{"orderId":["bad"],"bookId":"b1","quantity":"many"}"""u8;
        var message = NewMessage.Create(Guid.CreateVersion7(), "Shop.OrderPlaced.v1", MessageKind.Event, Time.GetUtcNow(), body.ToArray(), new() { CorrelationId = "c" });
        if (isCorrupt)
            message = message with { Checksum = message.Checksum + 1 };
        await Store.CommitAsync(new() { Appends = [new(StreamName.Parse(stream), ExpectedVersion.Any, [message])] }, Cancellation);
    }
}
