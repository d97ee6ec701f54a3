using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Failures;

/// <summary>A handler that fails on one event in ten.</summary>
public sealed class OneInTenTests : EngineTests
{
    private const int Events = 10_000;

    private int _told;

    [Fact(Timeout = HangLimit)]
    public async Task Handler_ThatFailsOnOneInTen_DoesTheOthersAndKeepsTheseWithTheirStacks()
    {
        var shop = Shop(domain =>
        {
            domain.EventHandler<Inventory>().Named("failing").StreamCategory<Order>()
                .Delivery(o => (o.MaxRetries, o.MessagesPerCommit) = (0, 100))
                .On<OrderPlaced>(e => e.BookId, (inventory, e) =>
                {
                    inventory.Withdraw(1);
                    if (e.Quantity % 10 == 0)
                        throw new InvalidOperationException("one in ten");
                })
                .HandleError((_, _, _) => Interlocked.Increment(ref _told));
            domain.Projection<BookSales>().From<Order>().Delivery(o => o.MessagesPerCommit = 100)
                .On<OrderPlaced>(e => e.BookId, (view, _) => view with { Ordered = view.Ordered + 1 });
        });
        await shop.Repository<Inventory>().SaveAsync(Inventory.Of("b1", Events), Cancellation);
        for (var n = 1; n <= Events; n++)
            await shop.Repository<Order>().SaveAsync(Order.Place($"o{n}", quantity: n), Cancellation);

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        (await shop.Repository<Inventory>().GetAsync("b1", Cancellation)).Withdrawals.ShouldBe(9_000);
        (await engine.DeadLetters.CountAsync(new() { Handler = "failing" }, Cancellation)).ShouldBe(1_000);
        var all = await engine.DeadLetters.ListAsync(new() { Handler = "failing", Take = 1_000 }, Cancellation);
        all.ShouldAllBe(d => d.Attempts.Count == 1 && d.Attempts[0].Detail.Contains(nameof(OneInTenTests)));
        _told.ShouldBe(1_000);
        (await shop.View<BookSales>().GetAsync("b1", Cancellation)).ShouldNotBeNull().Ordered.ShouldBe(Events);
    }
}
