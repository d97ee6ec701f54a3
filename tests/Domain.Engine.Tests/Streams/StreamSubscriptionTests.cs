using Protean.Storage;
using Protean.Tests.Diagnostics;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Streams;

/// <summary>A handler that gets its category through the broker has each message once and in order.</summary>
public sealed class StreamSubscriptionTests : StreamTests
{
    [Fact(Timeout = HangLimit)]
    public async Task Messages_ComeThroughTheBroker()
    {
        var shop = Streaming();
        var engine = await ReadyAsync(await StartAsync(shop));

        await PlaceAsync(shop, 50);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        (await OrdersAsync(shop)).ShouldBe(Numbers(1, 50));
        Broker.Delivered.ShouldBe(50);
        Log.Lines.ShouldContain(l => l.Id == 2048);
        Log.Lines.ShouldNotContain(l => l.Id == 2047);
        await Until(() => Broker.Acknowledged == 50);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Messages_AreCountedByWhatHasGivenThem()
    {
        using var metrics = new Metrics("streamed-metric");
        var shop = Streaming(handler => handler.Named("streamed-metric").Partitions(2).PartitionBy<OrderPlaced>(e => e.BookId), ledger: e => e.BookId);
        await PlaceAsync(shop, 20, book: "b1");
        var engine = await ReadyAsync(await StartAsync(shop));
        metrics.Of("protean.streamed", "streamed-metric store").Sum().ShouldBe(20);

        await PlaceAsync(shop, 10, n => $"o{20 + n}");
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        metrics.Of("protean.streamed", "streamed-metric broker").Sum().ShouldBe(10);
        metrics.Of("protean.streamed").Sum().ShouldBe(30);
    }

    [Fact(Timeout = HangLimit)]
    public async Task History_FromBeforeTheHandler_IsReadFromTheStore()
    {
        var shop = Streaming();
        await PlaceAsync(shop, 20);

        var engine = await ReadyAsync(await StartAsync(shop));
        await PlaceAsync(shop, 10, n => $"o{20 + n}");
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        (await OrdersAsync(shop)).ShouldBe(Numbers(1, 30));
        Broker.Delivered.ShouldBe(10);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Partitions_KeepTheOrderOfEachStream()
    {
        var shop = Streaming(handler => handler.Partitions(4), ledger: e => e.OrderId);
        var engine = await ReadyAsync(await StartAsync(shop));

        await Task.WhenAll(Enumerable.Range(1, 16).Select(n => Task.Run(async () =>
        {
            await PlaceAsync(shop, 1, _ => $"o{n}");
            await shop.ProcessAsync(new ShipOrder($"o{n}"), cancellationToken: Cancellation);
        })));
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        for (var n = 1; n <= 16; n++)
        {
            (await OrdersAsync(shop, $"o{n}")).ShouldBe([$"o{n}"]);
            Handled.Where(h => h.EndsWith($" o{n}", StringComparison.Ordinal)).ShouldBe([$"placed o{n}", $"shipped o{n}"]);
        }

        engine.Status.Subscriptions.Single(s => s.Handler == "ledger").Partitions.Count.ShouldBe(4);
    }

    [Fact(Timeout = HangLimit)]
    public async Task PartitionKeys_AreWhatTheBrokerCutsBy()
    {
        var shop = Streaming(handler => handler.Partitions(3).PartitionBy<OrderPlaced>(e => e.BookId), ledger: e => e.BookId);
        var engine = await ReadyAsync(await StartAsync(shop));

        for (var n = 1; n <= 30; n++)
            await PlaceAsync(shop, 1, _ => $"o{n}", book: $"b{n % 5}");
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        for (var book = 0; book < 5; book++)
            (await OrdersAsync(shop, $"b{book}")).ShouldBe(Enumerable.Range(1, 30).Where(n => n % 5 == book).Select(n => $"o{n}"));
        await PassUntil(() => Broker.Acknowledged == 30);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Scenario_B19_SourceStream_AndEveryOtherFilterHolds()
    {
        var shop = Shop(domain =>
        {
            domain.Aggregate<Ledger>();
            domain.UseBroker(_ => Broker);
            domain.CommandHandler<Order>().On<ShipOrder>((_, context) => context.Repository<Inventory>().SaveAsync(Withdrawn("b9")));
            domain.EventHandler<Order>().Named("withdrawer").On<OrderShipped>((_, context) => context.Repository<Inventory>().SaveAsync(Withdrawn("b1")));
            domain.EventHandler<Inventory>().Named("ledger").SourceStream<Order>().Subscription(SubscriptionType.Stream)
                .On<StockWithdrawn>((e, context) => NoteAsync("withdrawn", e.BookId, context));
        });
        var engine = await ReadyAsync(await StartAsync(shop));
        var order = Order.Place("o1");
        order.Ship();

        await shop.Repository<Inventory>().SaveAsync(Withdrawn("b5"), Cancellation);
        await shop.Repository<Order>().SaveAsync(order, Cancellation);
        await engine.WaitUntilQuietAsync(Cancellation);

        Handled.ShouldBe(["withdrawn b1"]);
        Broker.Published.ShouldBe(1);

        static Inventory Withdrawn(string book)
        {
            var inventory = Inventory.Of(book, 5);
            inventory.Withdraw(1);
            return inventory;
        }
    }

    [Fact(Timeout = HangLimit)]
    public async Task Scenario_L80_Failing_IsTriedAsOftenAsSaidAndThenADeadLetterWhileOthersGoOn()
    {
        var calls = 0;
        var shop = Shop(domain =>
        {
            domain.Aggregate<Ledger>();
            domain.UseBroker(_ => Broker);
            domain.EventHandler<Order>().Named("ledger").Subscription(SubscriptionType.Stream).Delivery(d => d.MaxRetries = 2).On<OrderPlaced>((e, context) =>
            {
                if (e.OrderId != "o2")
                    return NoteAsync("placed", e.OrderId, context);
                calls++;
                throw new InvalidOperationException("never");
            });
        });
        var engine = await ReadyAsync(await StartAsync(shop));

        await PlaceAsync(shop, 4);
        await PassUntil(async () => (await RecordsAsync()).Any(r => r.Status == FailureStatus.Dead) && (await OrdersAsync(shop)).Count == 3);

        (await OrdersAsync(shop)).ShouldBe(["o1", "o3", "o4"]);
        calls.ShouldBe(3);
        var dead = (await RecordsAsync()).ShouldHaveSingleItem();
        dead.Key.Handler.ShouldBe("shop::ledger");
        (await Store.FindMessageAsync(dead.MessageId, Cancellation))!.Stream.Value.ShouldBe("shop::order-o2");
        await PassUntil(() => Broker.Acknowledged == 4);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Conflict_GoesBack_AndTheSameMessagesAreHandledAgain()
    {
        Domain? outside = null;
        var calls = 0;
        var shop = Shop(domain =>
        {
            domain.Aggregate<Ledger>();
            domain.UseBroker(_ => Broker);
            domain.EventHandler<Order>().Named("ledger").Subscription(SubscriptionType.Stream).Delivery(d => d.MessagesPerCommit = 100).On<OrderPlaced>(async (e, context) =>
            {
                await NoteAsync("placed", e.OrderId, context);
                if (e.OrderId == "o5" && ++calls == 1)
                    await ChangedMeanwhileAsync(outside!);
            });
        });
        outside = Streaming();
        var engine = await ReadyAsync(await StartAsync(shop));

        await PlaceAsync(shop, 10);
        await PassUntil(async () => (await OrdersAsync(shop)).Count(o => o != "changed") == 10);

        (await OrdersAsync(shop)).Where(o => o != "changed").ShouldBe(Numbers(1, 10));
        calls.ShouldBeGreaterThan(1, "it was handled again");
        await PassUntil(() => Broker.Acknowledged == 10);
        engine.IsReady.ShouldBeTrue();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Repartitioned_TheBrokerBringsToTheNewPartitions()
    {
        var shop = Streaming(handler => handler.Partitions(2), ledger: e => e.OrderId);
        var first = await ReadyAsync(await StartAsync(shop));
        await PlaceAsync(shop, 10);
        await first.WaitUntilCaughtUpAsync(Cancellation);
        await first.StopAsync(Cancellation);

        var second = await StartAsync(Streaming(handler => handler.Partitions(3), ledger: e => e.OrderId));
        await PassUntil(() => second.Status.Subscriptions.Single(s => s.Handler == "ledger").Partitions.Count == 3);
        await PlaceAsync(shop, 20, n => $"o{10 + n}");
        await PassUntil(() => Handled.Count >= 30);
        await second.WaitUntilCaughtUpAsync(Cancellation);

        await AllOnceAsync(shop, 30);
        await PassUntil(() => Broker.Topics.Any(t => t.StartsWith("shop:streams.ledger-3-", StringComparison.Ordinal)) && Broker.Delivered > 0);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Back_AtTheBroker_NothingIsPublishedThatWasHandledMeanwhile()
    {
        foreach (var (type, from) in new[] { (SubscriptionType.Stream, 0), (SubscriptionType.EventStore, 10), (SubscriptionType.Stream, 20) })
        {
            var shop = Streaming(handler => handler.Subscription(type));
            var engine = await ReadyAsync(await StartAsync(shop));
            await PlaceAsync(shop, 10, n => $"o{from + n}");
            await engine.WaitUntilCaughtUpAsync(Cancellation);
            if (type == SubscriptionType.Stream)
                await Until(() => Broker.Last?.Headers["protean-message"].Contains($"order-o{from + 10}\"", StringComparison.Ordinal) == true);
            await engine.StopAsync(Cancellation);
        }

        Broker.Published.ShouldBe(20);
        (await OrdersAsync(Streaming())).ShouldBe(Numbers(1, 30));
    }

    [Fact(Timeout = HangLimit)]
    public async Task EventStore_AgainAndBack_NothingIsLostOrDoubled()
    {
        foreach (var (type, from) in new[] { (SubscriptionType.Stream, 0), (SubscriptionType.EventStore, 10), (SubscriptionType.Stream, 20) })
        {
            var published = Broker.Published;
            var shop = Streaming(handler => handler.Subscription(type));
            var engine = await StartAsync(shop);
            await PlaceAsync(shop, 10, n => $"o{from + n}");
            await PassUntil(async () => (await OrdersAsync(shop)).Count == from + 10);
            await engine.StopAsync(Cancellation);
            if (type == SubscriptionType.EventStore)
                Broker.Published.ShouldBe(published);
        }

        (await OrdersAsync(Streaming())).ShouldBe(Numbers(1, 30));
        Handled.Count.ShouldBe(30);
    }
}
