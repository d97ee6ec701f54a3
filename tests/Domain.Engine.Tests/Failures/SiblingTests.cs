using System.Collections.Concurrent;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Failures;

/// <summary>Several methods for one event fail each for itself.</summary>
public sealed class SiblingTests : FailingShop
{
    private readonly ConcurrentQueue<string> _called = new();

    [Fact(Timeout = HangLimit)]
    public async Task Method_ThatFails_IsTheOnlyOneRecordedAndRunAgain()
    {
        var shop = Desk(domain =>
        {
            domain.EventHandler<Order>().Named("three")
                .On<OrderPlaced>((e, context) => Leave("first", e, context))
                .On<OrderPlaced>((_, _) =>
                {
                    _called.Enqueue("second");
                    if (_called.Count(c => c == "second") == 1)
                        throw new InvalidOperationException("no");
                })
                .On<OrderPlaced>((e, context) => Leave("third", e, context));
            domain.EventHandler<Order>().Named("other").On<OrderPlaced>((e, context) => Leave("other", e, context));
        });
        await PlaceAsync(shop, 1);

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        _called.ShouldBe(["first", "second", "third", "other"], ignoreOrder: true);
        (await RecordsAsync()).ShouldHaveSingleItem().Key.Method.ShouldBe("OrderPlaced#2");

        await PassUntil(async () => (await RecordsAsync()).Count == 0);
        _called.ShouldBe(["first", "second", "third", "other", "second"], ignoreOrder: true);
        (await Store.GetMarksAsync("shop::three", 0, long.MaxValue, Cancellation)).ShouldBeEmpty();
        foreach (var method in new[] { "first", "third", "other" })
            (await HasNoteAsync(shop, $"{method} o1")).ShouldBeTrue();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Method_WhoseEffectsAreRefused_IsTheOnlyOneRecordedAndRunAgain()
    {
        var shop = Desk(domain => domain.EventHandler<Order>()
            .On<OrderPlaced>((e, context) => Leave("first", e, context))
            .On<OrderPlaced>((_, context) => context.Repository<Note>().Add(Note.Of("second", "taken")))
            .On<OrderPlaced>((e, context) => Leave("third", e, context)));
        await shop.Repository<Note>().SaveAsync(Note.Of("taker", "taken"), Cancellation);
        await PlaceAsync(shop, 1);

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        (await RecordsAsync()).ShouldHaveSingleItem().Key.Method.ShouldBe("OrderPlaced#2");
        (await HasNoteAsync(shop, "first o1")).ShouldBeTrue();
        (await HasNoteAsync(shop, "third o1")).ShouldBeTrue();
        (await Store.GetMarksAsync("shop::order", 0, long.MaxValue, Cancellation)).ShouldBeEmpty();

        var taker = await shop.Repository<Note>().GetAsync("taker", Cancellation);
        taker.Text = "given back";
        await shop.Repository<Note>().SaveAsync(taker, Cancellation);
        _called.Clear();
        await PassUntil(async () => (await RecordsAsync()).Count == 0);
        _called.ShouldBeEmpty();
        (await HasNoteAsync(shop, "second")).ShouldBeTrue();
    }

    private void Leave(string method, OrderPlaced e, HandlerContext context)
    {
        _called.Enqueue(method);
        context.Repository<Note>().Add(Note.Of($"{method} {e.OrderId}"));
    }
}
