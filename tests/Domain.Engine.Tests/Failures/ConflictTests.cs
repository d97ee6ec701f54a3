using System.Collections.Concurrent;
using Protean.Storage;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Failures;

/// <summary>A message whose effects the store refuses is handled again if that can help, and otherwise fails for itself.</summary>
public sealed class ConflictTests : FailingShop
{
    private readonly ConcurrentQueue<int> _seen = new();
    private int _conflicts;

    [Fact(Timeout = HangLimit)]
    public async Task Conflict_Twice_IsFollowedByTwoMoreCallsOnFreshState()
    {
        _conflicts = 2;
        var shop = await ContendedAsync();
        var engine = await StartAsync(shop);

        await PassDelayAsync(1, TimeSpan.FromMilliseconds(50));
        await PassDelayAsync(2, TimeSpan.FromMilliseconds(100));
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        // Each time it sees what the other has done meanwhile.
        _seen.ShouldBe([100, 90, 80]);
        (await shop.Repository<Inventory>().GetAsync("b1", Cancellation)).InStock.ShouldBe(79);
        (await RecordsAsync()).ShouldBeEmpty();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Conflict_ForTheFourthTime_IsAFailureThatNeverEndsTheRetries()
    {
        _conflicts = int.MaxValue;
        var shop = await ContendedAsync();
        var engine = await StartAsync(shop, o => o.Server.MaxRetries = 0);

        await PassDelayAsync(1, TimeSpan.FromMilliseconds(50));
        await PassDelayAsync(2, TimeSpan.FromMilliseconds(100));
        await PassDelayAsync(3, TimeSpan.FromMilliseconds(200));
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        _seen.Count.ShouldBe(4);
        var record = (await RecordsAsync()).ShouldHaveSingleItem();
        record.Attempts.ShouldHaveSingleItem().ExceptionType.ShouldBe(typeof(ConcurrencyException).FullName);

        await PassUntil(async () => (await RecordsAsync()).Single().Attempts.Count >= 6);
        record = (await RecordsAsync()).ShouldHaveSingleItem();
        (record.Status, record.Retries).ShouldBe((FailureStatus.Retrying, 0));

        Volatile.Write(ref _conflicts, 0);
        await PassUntil(async () => (await RecordsAsync()).Count == 0);
        (await shop.Repository<Inventory>().GetAsync("b1", Cancellation)).Withdrawals.ShouldBe(_seen.Count);
    }

    [Theory(Timeout = HangLimit)]
    [InlineData("unique")]
    [InlineData("archived")]
    [InlineData("unstorable")]
    public async Task Refusal_OfOneOfManyInACommit_IsTheFailureOfThatMessageAlone(string kind)
    {
        var shop = Desk(domain => domain.EventHandler<Order>().Delivery(o => o.MessagesPerCommit = 100).On<OrderPlaced>(async (e, context) =>
        {
            if (e.OrderId != "o7")
                context.Repository<Note>().Add(Note.Of(e.OrderId));
            else if (kind == "unique")
                context.Repository<Note>().Add(Note.Of("n", "taken"));
            else if (kind == "archived")
                (await context.Repository<Order>().GetAsync("closed", context.CancellationToken)).Ship();
            else
                context.Repository<Note>().Add(Note.Of("un\0storable"));
        }));
        await shop.Repository<Note>().SaveAsync(Note.Of("taker", "taken"), Cancellation);
        var other = Shop(_ => { });
        await PlaceAsync(shop, 15);
        await PlaceAsync(other, 1, _ => "closed", "closed");
        var engine = Engine(shop);
        if (kind == "archived")
            await ArchiveAsync("closed");

        await engine.StartAsync(Cancellation);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        var record = (await RecordsAsync()).ShouldHaveSingleItem();
        record.Stream.ShouldBe("shop::order-o7");
        for (var n = 1; n <= 15; n++)
            (await HasNoteAsync(shop, $"o{n}")).ShouldBe(n != 7);
    }

    private async Task ArchiveAsync(string order)
    {
        var stream = StreamName.Parse("shop::order-" + order);
        var page = await Store.ReadStreamAsync(new() { Stream = stream, MaxCount = 1 }, Cancellation);
        var first = page.Messages[0];
        var tombstone = NewMessage.Create(Guid.CreateVersion7(), first.Type, MessageKind.Tombstone, first.Time, first.Body, first.Metadata);
        await Store.ArchiveStreamAsync(stream, page.Version, tombstone, Cancellation);
    }

    /// <summary>A shop whose handler is disturbed, as often as is wanted, by another process that changes what it works on.</summary>
    private async Task<Domain> ContendedAsync()
    {
        var other = Shop(_ => { });
        var shop = Shop(domain => domain.EventHandler<Inventory>().StreamCategory<Order>().On<OrderPlaced>(async (_, context) =>
        {
            var inventory = await context.Repository<Inventory>().GetAsync("b1", context.CancellationToken);
            _seen.Enqueue(inventory.InStock);
            if (Interlocked.Decrement(ref _conflicts) >= 0)
                await OtherWithdrawsAsync(other);
            inventory.Withdraw(1);
        }));
        await shop.Repository<Inventory>().SaveAsync(Inventory.Of("b1", 100), Cancellation);
        await PlaceAsync(shop, 1);
        return shop;
    }

    private static async Task OtherWithdrawsAsync(Domain other)
    {
        var theirs = await other.Repository<Inventory>().GetAsync("b1", Cancellation);
        theirs.Withdraw(10);
        await other.Repository<Inventory>().SaveAsync(theirs, Cancellation);
    }

    /// <summary>Waits until the delay after a call has begun, and lets it pass: not a moment earlier does the next call come.</summary>
    private async Task PassDelayAsync(int calls, TimeSpan delay)
    {
        // Beside it there are the beat of the node and the recovery.
        await Until(() => _seen.Count == calls && Time.Waiting == 3);
        Time.Advance(delay - TimeSpan.FromMilliseconds(1));
        await Until(() => Time.Waiting == 3);
        _seen.Count.ShouldBe(calls);
        Time.Advance(TimeSpan.FromMilliseconds(1));
        await Until(() => _seen.Count == calls + 1);
    }
}
