using System.Text;
using Protean.Brokers;
using Protean.Engine;
using Protean.Storage;
using Protean.Tests.Shop;
using Protean.Tests.Stores;
using Shouldly;
using Xunit;

namespace Protean.Tests.Streams;

/// <summary>Whatever the broker, its queues and other programs do, the handler has each message of the log once and in order.</summary>
public sealed class StreamFaultTests : StreamTests
{
    [Fact(Timeout = HangLimit)]
    public async Task Scenario_L82_Unacknowledged_OfANodeThatIsGone_AreHandledByAnotherOnce()
    {
        var shop = Streaming();
        var first = await ReadyAsync(await StartAsync(shop));
        await PlaceAsync(shop, 5);
        await first.WaitUntilCaughtUpAsync(Cancellation);
        await Until(() => Broker.Acknowledged == 5);
        Broker.LosesAcknowledgements = true;
        await PlaceAsync(shop, 5, n => $"o{5 + n}");
        await first.WaitUntilCaughtUpAsync(Cancellation);
        await first.StopAsync(Cancellation);
        Broker.LosesAcknowledgements = false;

        var other = Streaming();
        await PlaceAsync(other, 5, n => $"o{10 + n}");
        var second = await StartAsync(other);
        await second.WaitUntilCaughtUpAsync(Cancellation);

        (await OrdersAsync(shop)).ShouldBe(Numbers(1, 15));
        Handled.Count.ShouldBe(15);
        Broker.Delivered.ShouldBe(20);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Broker_ThatLosesMessages_LosesNoneForTheHandler()
    {
        var shop = Streaming();
        var engine = await ReadyAsync(await StartAsync(shop));
        await PlaceAsync(shop, 1);
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        var count = 0;
        Broker.Loses = _ => ++count % 3 == 0;

        await PlaceAsync(shop, 29, n => $"o{1 + n}");
        await PassUntil(async () => (await OrdersAsync(shop)).Count == 30);

        (await OrdersAsync(shop)).ShouldBe(Numbers(1, 30));
        Log.Lines.ShouldContain(l => l.Id == 2047);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Broker_ThatLosesEverything_IsNotWaitedForForever()
    {
        var shop = Streaming();
        var engine = await ReadyAsync(await StartAsync(shop));
        Broker.Loses = _ => true;

        await PlaceAsync(shop, 10);
        await PassUntil(async () => (await OrdersAsync(shop)).Count == 10);

        (await OrdersAsync(shop)).ShouldBe(Numbers(1, 10));
    }

    [Fact(Timeout = HangLimit)]
    public async Task Broker_Away_TheStoreGivesWhatItDoesNotBring_AndThenTheBrokerAgain()
    {
        var shop = Streaming();
        var engine = await ReadyAsync(await StartAsync(shop));
        await PlaceAsync(shop, 2);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        Broker.GoAway();
        await PlaceAsync(shop, 8, n => $"o{2 + n}");
        await PassUntil(async () => (await OrdersAsync(shop)).Count == 10);
        await Until(() => engine.Status.Subscriptions.Single(s => s.Handler == "ledger").Partitions[0].State == PartitionState.BrokerAway);
        Broker.ComeBack();
        await PassUntil(() => engine.Status.Subscriptions.All(s => s.Partitions[0].State != PartitionState.BrokerAway));
        await PlaceAsync(shop, 5, n => $"o{10 + n}");
        await PassUntil(async () => (await OrdersAsync(shop)).Count == 15);

        (await OrdersAsync(shop)).ShouldBe(Numbers(1, 15));
        Handled.Count.ShouldBe(15);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Messages_ThatComeTwiceAndOutOfOrder_AreHandledOnceAndInOrder()
    {
        var shop = Streaming();
        var engine = await ReadyAsync(await StartAsync(shop));
        var held = Broker.HoldPublications();
        await PlaceAsync(shop, 6);
        await Until(() => held.Count == 6);

        await Broker.PublishNowAsync([held[3], held[1], held[1], held[5], held[0], held[2], held[4], held[3]]);
        await PassUntil(async () => (await OrdersAsync(shop)).Count == 6);

        (await OrdersAsync(shop)).ShouldBe(Numbers(1, 6));
        Handled.Count.ShouldBe(6);
        await PassUntil(() => Broker.Acknowledged == 8);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Messages_ChosenByAnOlderProgram_HideNothingFromTheNewOne()
    {
        var older = Streaming(handlesShipped: false);
        var engine = await ReadyAsync(await StartAsync(older));
        await PlaceAsync(older, 1, _ => "o0");
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        var held = Broker.HoldPublications();
        await PlaceAsync(older, 1);
        await older.ProcessAsync(new ShipOrder("o1"), cancellationToken: Cancellation);
        await PlaceAsync(older, 1, _ => "o2");
        await Until(() => held.Count == 2);
        await engine.StopAsync(Cancellation);

        await StartAsync(Streaming());
        await Broker.PublishNowAsync(held);

        await Until(() => Handled.Count >= 4 || Handled.Contains("placed o2"));
        Handled.ShouldBe(["placed o0", "placed o1", "shipped o1", "placed o2"]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Messages_ChosenByAnotherFilter_AreHandledOnlyIfTheNewOneWantsThem()
    {
        var (engine, held) = await HeldAsync();
        await PlaceAsync(engine.Domain, 1);
        await Until(() => held.Count == 1);
        await engine.StopAsync(Cancellation);

        var next = await StartAsync(Streaming(handler => handler.SourceStream<Inventory>()));
        await Broker.PublishNowAsync(held);
        // Time stands still, so that nothing but the message brings it on.
        await Until(() => next.Status.Subscriptions.Single(s => s.Handler == "ledger").Partitions is [{ State: PartitionState.Idle, Lag: 0 }]);

        Handled.ShouldBe(["placed o0"]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Message_OfAnotherLog_FromBeforeWhatTheNodeHasSeen_GivesWayToWhatTheLogHas()
    {
        var (engine, held) = await HeldAsync();
        await PlaceAsync(engine.Domain, 1);
        await Until(() => held.Count == 1);
        await engine.StopAsync(Cancellation);
        var stranger = held[0] with { Id = Guid.CreateVersion7().ToString(), Body = Encoding.UTF8.GetBytes("""{"OrderId":"stranger","BookId":"b1","Quantity":1}""") };

        var shop = Streaming();
        await StartAsync(shop);
        await Broker.PublishNowAsync([stranger]);
        await PassUntil(async () => (await OrdersAsync(shop)).Count == 2);

        (await OrdersAsync(shop)).ShouldBe(["o0", "o1"]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Broker_AwayWhileTheHandlerIsCutAnew_GetsTheMessagesOfTheNewPartitions()
    {
        var shop = Streaming(handler => handler.Partitions(4), ledger: e => e.OrderId);
        var first = await ReadyAsync(await StartAsync(shop, o => o.Node = "a"));
        await PlaceAsync(shop, 4);
        await first.WaitUntilCaughtUpAsync(Cancellation);

        Broker.GoAway();
        var second = await StartAsync(Streaming(handler => handler.Partitions(2), ledger: e => e.OrderId), o => o.Node = "b");
        await PassSecondsUntil(async () => (await second.GetStatusAsync(Cancellation)).Subscriptions.Single(s => s.Handler == "ledger").Partitions.Count == 2);
        await PlaceAsync(shop, 4, n => $"o{4 + n}");
        await PassSecondsUntil(() => Task.FromResult(RelayOf(first) is [{ State: PartitionState.BrokerAway }] || RelayOf(second) is [{ State: PartitionState.BrokerAway }]));
        Broker.ComeBack();
        var last = 8;
        await PassSecondsUntil(async () =>
        {
            if (Broker.Topics.Any(t => t.StartsWith("shop:streams.ledger-2-", StringComparison.Ordinal)))
                return true;
            // What the handler has had from the store by now is published no more.
            if ((await OrdersAsync(shop, $"o{last}")).Count == 1)
                await PlaceAsync(shop, 1, _ => $"o{++last}");
            return false;
        });

        await PassSecondsUntil(async () => (await OrdersAsync(shop, $"o{last}")).Count == 1);
        await AllOnceAsync(shop, last);

        static IReadOnlyList<PartitionStatus> RelayOf(DomainEngine engine) => engine.Status.Subscriptions.Single(s => s.Handler == "ledger:stream").Partitions;
    }

    /// <summary>Lets time pass in steps that end no lease.</summary>
    private Task PassSecondsUntil(Func<Task<bool>> condition) => Until(async () =>
    {
        if (await condition())
            return true;
        Time.Advance(TimeSpan.FromSeconds(1));
        return false;
    });

    [Fact(Timeout = HangLimit)]
    public async Task Message_ThatIsNoneOfTheEngine_IsRejectedAndNobodyElsesTrouble()
    {
        var shop = Streaming();
        var engine = await ReadyAsync(await StartAsync(shop));
        await PlaceAsync(shop, 1);
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        var stranger = Broker.Last! with { Id = "stranger", Headers = new Dictionary<string, string> { ["protean-message"] = "{\"at\":7}" } };

        await Broker.PublishNowAsync([stranger]);
        await PlaceAsync(shop, 1, _ => "o2");
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        (await OrdersAsync(shop)).ShouldBe(["o1", "o2"]);
        await Until(() => Broker.DeadLettersOf(stranger.Topic).Count == 1);
        Log.Lines.ShouldContain(l => l.Id == 2046 && l.Text.Contains("'stranger'"));
    }

    [Fact(Timeout = HangLimit)]
    public async Task Batch_ThatTheBrokerLostWhenTheNextOneFailed_IsFoundMissing()
    {
        const int Orders = 600;
        var shop = Streaming();
        var first = await ReadyAsync(await StartAsync(shop));
        await PlaceAsync(shop, 1, _ => "o0");
        await first.WaitUntilCaughtUpAsync(Cancellation);
        await first.StopAsync(Cancellation);
        await PlaceAsync(shop, Orders);
        // Of a page the first batch is confirmed and gone, and the second has to be published again.
        var batches = 0;
        Broker.BeforePublication = () => Broker.Loses = ++batches switch
        {
            1 => _ => true,
            2 => throw new BrokerUnavailableException("The broker", "it has lost its disk"),
            _ => _ => false,
        };

        var engine = await StartAsync(Streaming());
        await Until(async () =>
        {
            // Less than what the broker may take for a message.
            if (batches < 3)
                Time.Advance(TimeSpan.FromMilliseconds(50));
            return await HasAsync(shop, Orders);
        });

        await engine.WaitUntilCaughtUpAsync(Cancellation);
        (await OrdersAsync(shop)).ShouldBe(Numbers(0, Orders));
    }

    [Theory(Timeout = HangLimit)]
    [InlineData(1_050)]
    [InlineData(3)]
    public async Task Message_OfAnotherLog_IsRejectedAndHidesNothing(int position)
    {
        var shop = Streaming();
        var engine = await ReadyAsync(await StartAsync(shop));
        await PlaceAsync(shop, 2);
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        var header = Broker.Last!.Headers["protean-message"].Replace("\"at\":2,\"after\":1", $"\"at\":{position},\"after\":{position - 1}", StringComparison.Ordinal);
        var stranger = Broker.Last with { Id = Guid.CreateVersion7().ToString(), Headers = new Dictionary<string, string> { ["protean-message"] = header } };

        await PlaceAsync(shop, 1, _ => "o3");
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        await Broker.PublishNowAsync([stranger]);
        await PlaceAsync(shop, 3, n => $"o{3 + n}");
        await PassUntil(async () => (await OrdersAsync(shop)).Count == 6);

        (await OrdersAsync(shop)).ShouldBe(Numbers(1, 6));
        (await Store.ListCheckpointsAsync("shop::ledger", Cancellation)).Max(c => c.Position).ShouldBeLessThan(1_000);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Scenario_L80_DeadLetterThatCannotBeWritten_KeepsTheMessageUntilItCan()
    {
        var (calls, refused, refuses) = (0, 0, true);
        var shop = Streaming(
            handler => handler.Delivery(d => d.MaxRetries = 0),
            placed => placed.OrderId == "o2" && Interlocked.Increment(ref calls) > 0 ? throw new InvalidOperationException("never") : "all",
            open: stores => new GuardedStore(stores.Open()) { Before = RefuseDeadLetters });
        var engine = await ReadyAsync(await StartAsync(shop));

        await PlaceAsync(shop, 3);
        await PassUntil(() => Volatile.Read(ref refused) >= 2);
        (await RecordsAsync()).ShouldBeEmpty();
        Broker.Acknowledged.ShouldBeLessThan(2);
        Volatile.Write(ref refuses, false);
        await PassUntil(() => Broker.Acknowledged == 3);

        (await RecordsAsync()).ShouldHaveSingleItem().Status.ShouldBe(FailureStatus.Dead);
        (await OrdersAsync(shop)).ShouldBe(["o1", "o3"]);
        calls.ShouldBe(1);

        void RefuseDeadLetters(Commit commit)
        {
            if (!Volatile.Read(ref refuses) || commit.Failures.Count == 0)
                return;
            Interlocked.Increment(ref refused);
            throw GuardedStore.Lost();
        }
    }

    [Fact(Timeout = HangLimit)]
    public async Task TwoStores_AtOneBroker_DoNotMeet()
    {
        var (here, there) = (Streaming(), Streaming(open: _ => new InMemoryEventStore()));
        await ReadyAsync(await StartAsync(here));
        await ReadyAsync(await StartAsync(there));

        await PlaceAsync(here, 5);
        await PlaceAsync(there, 5, n => $"t{n}");
        await Until(async () => (await OrdersAsync(here)).Count == 5 && (await OrdersAsync(there)).Count == 5);

        (await OrdersAsync(here)).ShouldBe(Numbers(1, 5));
        (await OrdersAsync(there)).ShouldBe(["t1", "t2", "t3", "t4", "t5"]);
        Broker.Topics.Count().ShouldBe(2);
    }

    [Fact]
    public void Handler_WhoseNameNoBrokerCanHave_IsAnErrorAtTheStart()
    {
        var shop = Domain.Create(new string('d', 110), domain =>
        {
            domain.Aggregate<Order>();
            domain.UseInMemory();
            domain.UseBroker(_ => Broker);
            domain.EventHandler<Order>().Named("ledger").Subscription(SubscriptionType.Stream).OnAny((_, _) => { });
        });

        Should.Throw<DomainConfigurationException>(() => Engine(shop)).Findings.ShouldHaveSingleItem().ShouldContain("Handler 'ledger' cannot get its messages through the broker: its name at the broker");
    }

    /// <summary>An engine whose handler has had one order, at a broker that keeps what is published from now on.</summary>
    private async Task<(DomainEngine Engine, IReadOnlyList<BrokerMessage> Held)> HeldAsync()
    {
        var shop = Streaming();
        var engine = await ReadyAsync(await StartAsync(shop));
        await PlaceAsync(shop, 1, _ => "o0");
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        await Until(() => Broker.Acknowledged == 1);
        return (engine, Broker.HoldPublications());
    }

    [Fact(Timeout = HangLimit)]
    public async Task Message_BeyondTheEndOfTheLog_IsADeadLetterOfTheGroup()
    {
        var shop = Streaming();
        var engine = await ReadyAsync(await StartAsync(shop));
        await PlaceAsync(shop, 2);
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        var header = Broker.Last!.Headers["protean-message"].Replace("\"at\":2,\"after\":1", "\"at\":99,\"after\":2", StringComparison.Ordinal);
        header.ShouldContain("\"at\":99");

        await Broker.PublishNowAsync([Broker.Last with { Headers = new Dictionary<string, string> { ["protean-message"] = header } }]);

        await Until(() => Broker.DeadLettersOf(Broker.Last.Topic).Count == 1);
        Log.Lines.ShouldContain(l => l.Id == 2050);
        (await OrdersAsync(shop)).ShouldBe(["o1", "o2"]);
    }
}
