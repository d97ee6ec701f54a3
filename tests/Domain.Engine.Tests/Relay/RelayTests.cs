using System.Text;
using System.Text.Json.Nodes;
using Protean.Brokers;
using Protean.Engine;
using Protean.Storage;
using Protean.Tests.Failures;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Relay;

/// <summary>Recorded notifications go to the broker: each at least once, and those of one aggregate in order, whatever fails.</summary>
public sealed class RelayTests : FailingShop
{
    private static readonly BrokerGroup Everything = new() { Name = "listener", Topics = ["shop.*"], Prefetch = 10_000 };

    private readonly FaultyBroker _broker = new();

    public sealed record Alarm(string Text) : INotificationEvent;

    public sealed record Note(int Number) : INotificationEvent;

    public sealed class Bell : Aggregate
    {
        public static Bell Of(string id) => new() { Id = id };

        public void Ring(string text) => Raise(new Alarm(text));
    }

    [Fact(Timeout = HangLimit)]
    public async Task Notification_Recorded_ArrivesAsACloudEvent()
    {
        var shop = Ringing();
        var listener = await ListenAsync();
        await RingAsync(shop, "b", "fire");

        await StartAsync(shop);
        var message = (await ReceiveAsync(listener, 1))[0];
        var stored = (await NotificationsAsync()).ShouldHaveSingleItem();
        var sent = CloudEventJson.Read(message.Body);

        (message.Id, message.Topic, message.Key, message.ContentType).ShouldBe((stored.Id.ToString(), "shop.alarm", "bell-b", CloudEvent.ContentType));
        (sent.Id, sent.Source, sent.Type, sent.Subject, sent.Time).ShouldBe((stored.Id.ToString(), "/shop", "Shop.Alarm.v1", "b", stored.Time));
        JsonNode.Parse(sent.Data.Span)!["text"]!.GetValue<string>().ShouldBe("fire");
        sent.Extensions.Keys.Order().ShouldBe(["correlationid", "schemaversion", "sequence"]);
        sent.Extensions["correlationid"].ShouldBe(stored.Metadata.CorrelationId);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Scenario_InProcess_D31_TwoNotificationsOfOneHandler_ArriveInOrderUnderTheirTopics()
    {
        var shop = Ringing(domain =>
        {
            domain.Event<Alarm>().Topic("shop.t1");
            domain.Event<Note>().Topic("shop.t2");
            domain.CommandHandler<Order>().On<ShipOrder>((_, context) =>
            {
                context.Notify(new Alarm("first"));
                context.Notify(new Note(2));
            });
        });
        var listener = await ListenAsync();
        await StartAsync(shop);

        await shop.ProcessAsync(new ShipOrder("o1"), cancellationToken: Cancellation);
        var sent = await ReceiveAsync(listener, 2);

        var stored = await NotificationsAsync();
        sent.Select(m => (m.Topic, m.Id)).ShouldBe([("shop.t1", stored[0].Id.ToString()), ("shop.t2", stored[1].Id.ToString())]);
        sent.Select(m => CloudEventJson.Read(m.Body)).Select(e => (e.Type, JsonNode.Parse(e.Data.Span)!.ToJsonString())).ShouldBe(
            [("Shop.Alarm.v1", """{"text":"first"}"""), ("Shop.Note.v1", """{"number":2}""")]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Scenario_InProcess_D35_Notifications_HaveIdsOfTheirOwnATimeAndADefaultTopic()
    {
        var shop = Ringing();
        var listener = await ListenAsync();
        await RingAsync(shop, "b", "1", "1");
        await StartAsync(shop);

        var sent = await ReceiveAsync(listener, 2);

        sent.Select(m => m.Id).Distinct().Count().ShouldBe(2);
        sent.ShouldAllBe(m => m.Topic == "shop.alarm" && m.Time != null);
        (new Alarm("1") == new Alarm("1")).ShouldBeTrue("what they say is equal, and what tells them apart is their id");
    }

    [Fact(Timeout = HangLimit)]
    public async Task Scenario_InProcess_D42_Compressed_IsReadBackAsItWas()
    {
        var shop = Ringing(domain => domain.Event<Alarm>().Compressed(above: 0));
        var listener = await ListenAsync();
        var text = string.Concat(Enumerable.Repeat("fire ", 500));
        await RingAsync(shop, "b", text);
        await StartAsync(shop);

        var message = (await ReceiveAsync(listener, 1))[0];

        message.Body.Length.ShouldBeLessThan(text.Length / 2);
        JsonNode.Parse(CloudEventJson.Read(Unzip(message.Body)).Data.Span)!["text"]!.GetValue<string>().ShouldBe(text);
        JsonNode.Parse(InboxEnvelope.Open(message).Data.Span)!["text"]!.GetValue<string>().ShouldBe(text);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Notifications_OfManyAggregates_KeepTheOrderOfEachAndComeOnce()
    {
        var shop = Ringing(domain => domain.Notifications(d => d.Partitions = 3));
        var listener = await ListenAsync();
        for (var round = 0; round < 40; round++)
        {
            for (var bell = 0; bell < 10; bell++)
                await RingAsync(shop, $"b{bell}", $"{bell}:{round}");
        }

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        var texts = (await ReceiveAsync(listener, 400)).Select(Text).ToArray();

        for (var bell = 0; bell < 10; bell++)
            texts.Where(t => t.StartsWith($"{bell}:", StringComparison.Ordinal)).ShouldBe(Enumerable.Range(0, 40).Select(round => $"{bell}:{round}"));
        _broker.Tried.Count.ShouldBe(400);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Broker_Away_NothingIsLostAndNothingIsToBlame()
    {
        var shop = Ringing();
        var listener = await ListenAsync();
        _broker.IsAway = true;
        await RingAsync(shop, "b", "1", "2", "3");

        var engine = await StartAsync(shop);
        await PassUntil(() => _broker.Tried.Count >= 9);
        engine.Status.Subscriptions.Single(s => s.Name == "shop::notifications").Partitions.Single().State.ShouldBe(PartitionState.BrokerAway);
        (await NotificationPositionAsync()).ShouldBe(0);
        _broker.IsAway = false;
        await PassUntil(async () => await NotificationPositionAsync() > 0);

        (await ReceiveAsync(listener, 3)).Select(Text).ShouldBe(["1", "2", "3"]);
        (await RecordsAsync()).ShouldBeEmpty();
        Log.Lines.ShouldContain(l => l.Id == 2042);
        Log.Lines.ShouldContain(l => l.Id == 2043);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Checkpoint_BeforeTheBrokerHasConfirmed_DoesNotMove()
    {
        var shop = Ringing();
        var listener = await ListenAsync();
        _broker.Gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await RingAsync(shop, "b", "1");

        var engine = await StartAsync(shop);
        await Until(() => engine.Status.Subscriptions.Single(s => s.Name == "shop::notifications").Partitions.SingleOrDefault()?.State == PartitionState.Running);
        (await NotificationPositionAsync()).ShouldBe(0);
        _broker.Gate.SetResult();
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        (await ReceiveAsync(listener, 1)).Select(Text).ShouldBe(["1"]);
        (await NotificationPositionAsync()).ShouldBeGreaterThan(0);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Scenario_L84_Refused_IsTriedFiveTimesAndThenDeadWhileItsStreamWaitsAndOthersGoOn()
    {
        var shop = Ringing();
        var listener = await ListenAsync();
        _broker.Refuses = m => Text(m) == "2";
        await RingAsync(shop, "b", "1", "2");
        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        await RingAsync(shop, "b", "3", "4");
        await RingAsync(shop, "other", "5");

        await PassUntil(async () => (await RecordsAsync()).Any(r => r.Status == FailureStatus.Dead));

        (await ReceiveAsync(listener, 2)).Select(Text).ShouldBe(["1", "5"]);
        var refused = (await NotificationsAsync()).Single(m => Encoding.UTF8.GetString(m.Body.Span).Contains("\"2\"", StringComparison.Ordinal)).Id;
        _broker.Tried.Count(id => id == refused.ToString()).ShouldBe(5);
        var record = (await RecordsAsync()).Single(r => r.Status == FailureStatus.Dead);
        record.Attempts.Count.ShouldBe(5);
        record.Attempts[0].Message.ShouldContain("has refused a notification under the topic 'shop.alarm': not today");

        _broker.Refuses = _ => false;
        await engine.DeadLetters.ReplayAllAsync(cancellationToken: Cancellation);
        await PassUntil(async () => (await RecordsAsync()).Count == 0);

        (await ReceiveAsync(listener, 3)).Select(Text).ShouldBe(["2", "3", "4"]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Refused_InTheMiddleOfABatch_IsFollowedAgainByWhatHadOvertakenIt()
    {
        var shop = Ringing();
        var listener = await ListenAsync();
        _broker.Refuses = m => Text(m) == "2";
        await RingAsync(shop, "b", "1", "2", "3");
        var engine = await StartAsync(shop);
        await PassUntil(async () => (await RecordsAsync()).Any(r => r.Status == FailureStatus.Dead));
        (await ReceiveAsync(listener, 2)).Select(Text).ShouldBe(["1", "3"]);

        _broker.Refuses = _ => false;
        await engine.DeadLetters.ReplayAllAsync(cancellationToken: Cancellation);
        await PassUntil(async () => (await RecordsAsync()).Count == 0);

        (await ReceiveAsync(listener, 2)).Select(Text).ShouldBe(["2", "3"]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Format_OfTheType_IsWhatIsPublishedAndWhatItFailsOnIsItsOwn()
    {
        var shop = Ringing(domain => domain.Event<Alarm>().Topic("shop.bells").Format(new Loud()).Compressed(above: 0));
        var listener = await ListenAsync();
        await RingAsync(shop, "b", "no", "late");
        await RingAsync(shop, "other", "fire");

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        var message = (await ReceiveAsync(listener, 1))[0];

        (message.Topic, message.ContentEncoding).ShouldBe(("shop.bells", "gzip"));
        var sent = CloudEventJson.Read(Unzip(message.Body));
        sent.DataContentType.ShouldBe("text/loud");
        Encoding.UTF8.GetString(sent.Data.Span).ShouldBe("FIRE");
        (await RecordsAsync()).Select(r => (r.Stream, r.Status)).Order().ShouldBe(
            [("shop::bell:notification-b", FailureStatus.Retrying), ("shop::bell:notification-b", FailureStatus.Parked)]);
        _broker.Tried.Count.ShouldBe(1);
    }

    [Fact(Timeout = HangLimit)]
    public async Task KeptInLog_IsPublishedNowhere()
    {
        var shop = Ringing(domain => domain.Event<Alarm>().KeptInLog());
        await RingAsync(shop, "b", "1");

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        engine.Status.Subscriptions.ShouldNotContain(s => s.Name == "shop::notifications");
        _broker.Tried.ShouldBeEmpty();
        (await NotificationsAsync()).ShouldHaveSingleItem();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Notifications_OfNoAggregate_GoOutToo()
    {
        var shop = Ringing(domain =>
        {
            domain.Event<Note>();
            domain.CommandHandler<Order>().On<ShipOrder>((_, context) => context.Notify(new Note(7)));
        });
        var listener = await ListenAsync();
        await StartAsync(shop);

        await shop.ProcessAsync(new ShipOrder("o1"), cancellationToken: Cancellation);

        (await ReceiveAsync(listener, 1))[0].Topic.ShouldBe("shop.note");
    }

    [Fact(Timeout = HangLimit)]
    public async Task Engine_StartedAgain_PublishesNothingTwice()
    {
        var shop = Ringing();
        var listener = await ListenAsync();
        await RingAsync(shop, "b", "1");
        var first = await StartAsync(shop);
        await first.WaitUntilCaughtUpAsync(Cancellation);
        await first.StopAsync(Cancellation);

        await RingAsync(shop, "b", "2");
        await StartAsync(shop);

        (await ReceiveAsync(listener, 2)).Select(Text).ShouldBe(["1", "2"]);
        _broker.Tried.Count.ShouldBe(2);
    }

    private static string Text(BrokerMessage message) =>
        JsonNode.Parse(CloudEventJson.Read(message.Body).Data.Span)!["text"]!.GetValue<string>();

    private static byte[] Unzip(ReadOnlyMemory<byte> body)
    {
        using var gzip = new System.IO.Compression.GZipStream(new MemoryStream(body.ToArray()), System.IO.Compression.CompressionMode.Decompress);
        using var plain = new MemoryStream();
        gzip.CopyTo(plain);
        return plain.ToArray();
    }

    private static async Task RingAsync(Domain shop, string bell, params string[] texts)
    {
        var bells = shop.Repository<Bell>();
        foreach (var text in texts)
        {
            var rung = await bells.FindAsync(bell, Cancellation) ?? Bell.Of(bell);
            rung.Ring(text);
            await bells.SaveAsync(rung, Cancellation);
        }
    }

    private static async Task<IReadOnlyList<BrokerMessage>> ReceiveAsync(IBrokerConsumer listener, int count)
    {
        List<BrokerMessage> got = [];
        while (got.Count < count)
        {
            var received = await listener.ReceiveAsync(count - got.Count, Cancellation);
            await listener.AcknowledgeAsync(received, Cancellation);
            got.AddRange(received.Select(d => d.Message));
        }

        return got;
    }

    private Domain Ringing(Action<DomainBuilder>? declare = null) => Shop(domain =>
    {
        domain.Aggregate<Bell>().Raises<Alarm>();
        domain.UseBroker(_ => _broker);
        declare?.Invoke(domain);
    });

    private ValueTask<IBrokerConsumer> ListenAsync() => _broker.ConsumeAsync(Everything, 0, Cancellation);

    private async Task<IReadOnlyList<StoredMessage>> NotificationsAsync() =>
        (await Store.ReadLogAsync(new() { After = 0, MaxCount = 1000, Kinds = MessageKind.Notification }, Cancellation)).Messages;

    private async Task<long> NotificationPositionAsync() =>
        (await Store.ListCheckpointsAsync("shop::notifications", Cancellation)).Where(c => c.Key.Partition >= 0).Select(c => c.Position).DefaultIfEmpty().Max();

    private sealed class Loud : INotificationFormat
    {
        public string ContentType => "text/loud";

        public ReadOnlyMemory<byte> Write(object notification) => ((Alarm)notification).Text switch
        {
            "no" => throw new NotSupportedException("not so loud"),
            var text => Encoding.UTF8.GetBytes(text.ToUpperInvariant()),
        };
    }
}
