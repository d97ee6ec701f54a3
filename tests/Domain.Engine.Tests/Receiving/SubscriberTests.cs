using System.Text;
using Protean.Brokers;
using Protean.Engine;
using Protean.Storage;
using Protean.Tests.Diagnostics;
using Protean.Tests.Failures;
using Protean.Tests.Relay;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Receiving;

/// <summary>What other programs publish is handled once and in order, however often it comes; what cannot be is kept where it can be found.</summary>
public sealed class SubscriberTests : FailingShop
{
    private const string Group = "shop.payments";
    private const string Theirs = "Payments.PaymentReceived.v1";
    private const string Topic = "payments.payment_received";

    private readonly FaultyBroker _broker = new();

    public sealed record PaymentReceived(string OrderId, decimal Amount) : IDomainEvent;

    public sealed record Paid(string Order) : IDomainEvent;

    /// <summary>What was paid for an order, in the order in which it came.</summary>
    public sealed class Account : Aggregate
    {
        public IReadOnlyList<decimal> Amounts { get; set; } = [];

        public static Account Of(string id) => new() { Id = id };
    }

    public sealed class Payments : IHandle<PaymentReceived>
    {
        public async Task HandleAsync(PaymentReceived message, HandlerContext context) => await BookAsync(message, context);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Message_OfATopic_HasItsEffectInAUnitOfWork()
    {
        var shop = Paying();
        await StartAsync(shop);

        await PublishAsync(Payment("m1", "o1", 5));

        await PassUntil(async () => (await AmountsAsync(shop, "o1")).Count == 1);
        (await AmountsAsync(shop, "o1")).ShouldBe([5m]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Message_ThatComesAgain_HasItsEffectOnce()
    {
        var shop = Paying();
        var engine = await StartAsync(shop);
        await PublishAsync(Payment("m1", "o1", 5), Payment("m1", "o1", 5), Payment("m2", "o1", 6));
        await PassUntil(async () => (await AmountsAsync(shop, "o1")).Count == 2);
        await engine.StopAsync(Cancellation);

        await StartAsync(Paying());
        await PublishAsync(Payment("m1", "o1", 5), Payment("m2", "o1", 6), Payment("m3", "o1", 7));
        await PassUntil(async () => (await AmountsAsync(shop, "o1")).Contains(7));

        (await AmountsAsync(shop, "o1")).ShouldBe([5m, 6m, 7m]);
        (await InboxAsync()).Count.ShouldBe(3);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Messages_OfTheSameIdFromAnotherSender_AreOthers()
    {
        var shop = Paying();
        await StartAsync(shop);

        await PublishAsync(Payment("m1", "o1", 5), Payment("m1", "o1", 6, source: "/somebody-else"));

        await PassUntil(async () => (await AmountsAsync(shop, "o1")).Count == 2);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Messages_OfManyKeys_KeepTheOrderOfEach()
    {
        var shop = Paying(subscriber => subscriber.Partitions(4));
        await StartAsync(shop);

        for (var amount = 1; amount <= 30; amount++)
            await PublishAsync([.. Enumerable.Range(0, 8).Select(order => Payment($"{order}/{amount}", $"o{order}", amount))]);

        for (var order = 0; order < 8; order++)
        {
            var id = $"o{order}";
            await PassUntil(async () => (await AmountsAsync(shop, id)).Count == 30);
            (await AmountsAsync(shop, id)).ShouldBe(Enumerable.Range(1, 30).Select(a => (decimal)a));
        }
    }

    [Fact(Timeout = HangLimit)]
    public async Task Message_KeepsWhereItComesFrom()
    {
        var shop = Paying(subscriber => subscriber.AcceptHeaders("tenant"));
        await StartAsync(shop);
        var cause = Guid.CreateVersion7();

        await PublishAsync(Payment(cause.ToString(), "o1", 5) with { Headers = new Dictionary<string, string> { ["Tenant"] = "blue", ["secret"] = "x" } });
        await PassUntil(async () => (await InboxAsync()).Count == 1);

        var kept = (await InboxAsync())[0];
        kept.Stream.Value.ShouldBe("shop::payments:inbox-key-o1");
        kept.Type.ShouldBe(Theirs);
        kept.Metadata.CorrelationId.ShouldBe("correlated");
        kept.Metadata.CausationId.ShouldBe(cause);
        kept.Metadata.Headers.ShouldBe(new Dictionary<string, string> { ["tenant"] = "blue" });
    }

    [Fact(Timeout = HangLimit)]
    public async Task Message_OfATypeThatNobodyKnows_IsPassedOverAndSaidOnce()
    {
        var shop = Paying();
        await StartAsync(shop);

        await PublishAsync(Payment("m1", "o1", 5, type: "Payments.Other.v1"), Payment("m2", "o1", 5, type: "Payments.Other.v1"), Payment("m3", "o1", 7));
        await PassUntil(async () => (await AmountsAsync(shop, "o1")).Count == 1);

        (await InboxAsync()).Count.ShouldBe(1);
        Log.Lines.Where(l => l.Id == 1015).ShouldHaveSingleItem().Text.ShouldContain("'Payments.Other.v1'");
        _broker.DeadLettersOf(Group).ShouldBeEmpty();
    }

    [Theory(Timeout = HangLimit)]
    [InlineData("no JSON at all", "it is no JSON")]
    [InlineData("[]", "it is no object")]
    [InlineData("""{"specversion":"1.0","source":"/p","type":"Payments.PaymentReceived.v1","data":{}}""", "id is missing")]
    [InlineData("""{"specversion":"1.0","id":"1","source":"/p","type":"Payments.PaymentReceived.v1"}""", "it has no data")]
    [InlineData("""{"specversion":"1.0","id":"1","source":"/p","type":"Payments.PaymentReceived.v1","datacontenttype":"text/plain","data":"5"}""", "no JSON: translate it")]
    public async Task Message_WithoutAnEnvelope_IsADeadLetterOfTheGroupAndNobodyElsesTrouble(string body, string problem)
    {
        var shop = Paying();
        await StartAsync(shop);

        await PublishAsync(Payment("m1", "o1", 5), Payment("bad", "o1", 0) with { Body = Encoding.UTF8.GetBytes(body) }, Payment("m2", "o1", 6));
        await PassUntil(async () => (await AmountsAsync(shop, "o1")).Count == 2);
        await Until(() => _broker.DeadLettersOf(Group).Count == 1);

        _broker.DeadLettersOf(Group)[0].Id.ShouldBe("bad");
        Log.Lines.Where(l => l.Id == 1014).ShouldHaveSingleItem().Error!.Message.ShouldContain(problem);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Scenario_D43_DataThatCannotBeRead_IsAFailureWithTheOriginalAtHand()
    {
        var shop = Paying(subscriber => subscriber.OnFailure(FailurePolicy.Skip));
        var engine = await StartAsync(shop);

        await PublishAsync(Payment("bad", "o1", 0, data: """{"amount":"much"}"""), Payment("empty", "o1", 0, data: "{}"), Payment("m2", "o1", 6));
        await PassUntil(async () => (await AmountsAsync(shop, "o1")).Count == 1);

        var records = await RecordsAsync();
        records.Count.ShouldBe(2);
        records.ShouldAllBe(r => r.MessageType == Theirs && r.Attempts[0].Message.Contains("PaymentReceived"));
        var original = await Store.FindMessageAsync(records[0].MessageId, Cancellation);
        Encoding.UTF8.GetString(original!.Body.Span).ShouldBe("""{"amount":"much"}""");
        engine.Status.Receivers.ShouldHaveSingleItem().ShouldBe(new("payments", Group, ReceiverState.Receiving));
    }

    [Fact(Timeout = HangLimit)]
    public async Task Method_ThatFails_IsTriedAgainAndThenADeadLetterThatCanBeReplayed()
    {
        var isBroken = true;
        List<string> told = [];
        var shop = Shop(domain =>
        {
            domain.Aggregate<Account>();
            domain.UseBroker(_ => _broker);
            domain.Subscriber(Topic).Named("payments").Message<PaymentReceived>(Theirs)
                .On<PaymentReceived>((m, context) => isBroken ? throw new InvalidOperationException("not now") : BookAsync(m, context))
                .HandleError((error, _, _) => told.Add(error.Message));
        });
        var engine = await StartAsync(shop);

        await PublishAsync(Payment("m1", "o1", 5));
        await PassUntil(async () => (await RecordsAsync()).Any(r => r.Status == FailureStatus.Dead));
        told.ShouldAllBe(t => t == "not now");
        told.Count.ShouldBe(4);

        isBroken = false;
        await engine.DeadLetters.ReplayAllAsync(cancellationToken: Cancellation);
        await PassUntil(async () => (await AmountsAsync(shop, "o1")).Count == 1);
        (await RecordsAsync()).ShouldBeEmpty();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Translated_IsKeptAsOurs_AndWhatCannotBeTranslatedIsADeadLetterOfTheGroup()
    {
        var shop = Shop(domain =>
        {
            domain.Aggregate<Account>();
            domain.UseBroker(_ => _broker);
            domain.Subscriber("payments.*").Named("payments")
                .Message("com.example.paid", e => new Paid(Encoding.UTF8.GetString(e.Data.Span) is { Length: > 0 } order ? order : throw new FormatException("nothing was paid")))
                .On<Paid>((paid, context) => BookAsync(new(paid.Order, 1), context));
        });
        await StartAsync(shop);

        await PublishAsync(Text("m1", "o1"), Text("m2", ""), Text("m3", "o3"));
        await PassUntil(async () => (await AmountsAsync(shop, "o3")).Count == 1);
        await Until(() => _broker.DeadLettersOf(Group).Count == 1);

        (await InboxAsync()).Select(m => (m.Type, Encoding.UTF8.GetString(m.Body.Span))).ShouldBe([("Shop.Paid.v1", """{"order":"o1"}"""), ("Shop.Paid.v1", """{"order":"o3"}""")]);
        Log.Lines.Where(l => l.Id == 1014).ShouldHaveSingleItem().Error!.Message.ShouldBe("nothing was paid");

        static BrokerMessage Text(string id, string text) => Payment(id, "o", 0) with
        {
            Body = CloudEventJson.Write(new() { Id = id, Source = "/p", Type = "com.example.paid", DataContentType = "text/plain", Data = Encoding.UTF8.GetBytes(text) }),
        };
    }

    [Fact(Timeout = HangLimit)]
    public async Task Envelope_OfTheirOwn_IsOpenedAsTheSubscriberSays()
    {
        var shop = Paying(subscriber => subscriber.Envelope(m => new() { Id = m.Id, Source = "/csv", Type = Theirs, Data = Encoding.UTF8.GetBytes($$"""{"orderId":"{{Encoding.UTF8.GetString(m.Body.Span)}}","amount":3}""") }));
        await StartAsync(shop);

        await PublishAsync(Payment("m1", "o1", 0) with { Body = "o9"u8.ToArray() });

        await PassUntil(async () => (await AmountsAsync(shop, "o9")).Count == 1);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Envelope_ThatGivesNoId_IsRefusedAndNothingIsTakenForTheSame()
    {
        var shop = Paying(subscriber => subscriber.Envelope(m => new() { Id = m.Id, Source = "/csv", Type = Theirs, Data = m.Body }));
        await StartAsync(shop);

        await PublishAsync(Payment("m1", "o1", 1) with { Id = "" }, Payment("m2", "o2", 2) with { Id = "" });
        await Until(() => _broker.DeadLettersOf(Group).Count == 2);

        Log.Lines.Where(l => l.Id == 1014).ShouldAllBe(l => l.Error!.Message.Contains("it has no id, by which it would be known when it comes again"));
    }

    [Fact(Timeout = HangLimit)]
    public async Task Handlers_OfAClass_AndVersionsOfTheirType_AreWhatTheyAreForEvents()
    {
        var shop = Shop(domain =>
        {
            domain.Aggregate<Account>();
            domain.UseBroker(_ => _broker);
            domain.Subscriber(Topic).Use<Payments>().Message<PaymentReceived>(Theirs).Message<PaymentReceived>("Payments.Received");
        });
        await StartAsync(shop);

        await PublishAsync(Payment("m1", "o1", 5), Payment("m2", "o1", 6, type: "Payments.Received"));

        await PassUntil(async () => (await AmountsAsync(shop, "o1")).SequenceEqual([5, 6]));
    }

    [Theory(Timeout = HangLimit)]
    [InlineData("")]
    [InlineData("with\0zero")]
    public async Task Key_ThatCannotNameAStream_IsMadeToFit(string key)
    {
        var shop = Paying();
        await StartAsync(shop);

        await PublishAsync(Payment("m1", "o1", 5) with { Key = key }, Payment("m2", "o2", 5) with { Key = new string('k', 4_000) });

        await PassUntil(async () => (await AmountsAsync(shop, "o1")).Count == 1 && (await AmountsAsync(shop, "o2")).Count == 1);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Store_Away_NothingIsAcknowledgedAndNothingIsLost()
    {
        FaultyStore? faulty = null;
        var shop = Paying(open: s => faulty = new(s.Open()));
        var engine = await StartAsync(shop);
        await Until(() => engine.Status.IsReady);
        faulty!.IsAway = true;

        await PublishAsync(Payment("m1", "o1", 5));
        await PassUntil(() => engine.Status.Receivers[0].State == ReceiverState.StoreAway);
        faulty.IsAway = false;

        await PassUntil(async () => (await AmountsAsync(shop, "o1")).Count == 1);
        await PassUntil(() => engine.Status.Receivers[0].State == ReceiverState.Receiving);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Store_AwayUntilTheNodeStops_TheNextNodeGetsWhatItHeld()
    {
        FaultyStore? faulty = null;
        // It cannot sign off, and the next one waits for the end of its lease.
        var engine = await StartAsync(Paying(open: s => faulty = new(s.Open())), o => o.LeaseTime = TimeSpan.FromSeconds(1));
        await Until(() => engine.Status.IsReady);
        faulty!.IsAway = true;
        await PublishAsync(Payment("m1", "o1", 5));
        await PassUntil(() => engine.Status.Receivers[0].State == ReceiverState.StoreAway);
        await engine.StopAsync(Cancellation);

        var shop = Paying();
        await StartAsync(shop);

        await PassUntil(async () => (await AmountsAsync(shop, "o1")).Count == 1);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Broker_Away_IsWaitedFor()
    {
        _broker.IsAway = true;
        var shop = Paying();
        var engine = await StartAsync(shop);
        await PassUntil(() => engine.Status.Receivers[0].State == ReceiverState.BrokerAway);
        _broker.IsAway = false;
        await PassUntil(() => engine.Status.Receivers[0].State == ReceiverState.Receiving);

        await PublishAsync(Payment("m1", "o1", 5));

        await PassUntil(async () => (await AmountsAsync(shop, "o1")).Count == 1);
        Log.Lines.ShouldContain(l => l.Id == 2042 && l.Text.Contains("Subscriber payments"));
    }

    [Fact(Timeout = HangLimit)]
    public async Task Node_ThatReceived_IsStopped_AnotherGoesOn()
    {
        var first = await StartAsync(Paying());
        var shop = Paying();
        await StartAsync(shop);
        await PublishAsync(Payment("m1", "o1", 5));
        await PassUntil(async () => (await AmountsAsync(shop, "o1")).Count == 1);

        await first.StopAsync(Cancellation);
        await PublishAsync(Payment("m2", "o1", 6));

        await PassUntil(async () => (await AmountsAsync(shop, "o1")).SequenceEqual([5, 6]));
    }

    [Fact(Timeout = HangLimit)]
    public async Task Unsettled_WhenTheNodeDies_ComesToTheNextOneAndIsKeptOnce()
    {
        // What was committed, and never acknowledged: the broker brings it to whoever comes next.
        var shop = Paying();
        var inbox = new Inbox(shop, shop.Model.Subscribers[0]);
        await shop.StartAsync(Cancellation);
        var dying = await _broker.ConsumeAsync(shop.Model.Subscribers[0].Group, 0, Cancellation);
        await PublishAsync(Payment("m1", "o1", 5), Payment("m2", "o1", 6));
        await inbox.KeepAsync(inbox.Read(await dying.ReceiveAsync(10, Cancellation)), Cancellation);
        await PublishAsync(Payment("m3", "o1", 7));
        await dying.DisposeAsync();

        await StartAsync(shop);

        await PassUntil(async () => (await AmountsAsync(shop, "o1")).Count == 3);
        (await AmountsAsync(shop, "o1")).ShouldBe([5m, 6m, 7m]);
    }

    private static BrokerMessage Payment(string id, string order, decimal amount, string type = Theirs, string source = "/payments", string? data = null) => new()
    {
        Id = id,
        Topic = Topic,
        Key = $"key-{order}",
        ContentType = CloudEvent.ContentType,
        Body = CloudEventJson.Write(new()
        {
            Id = id,
            Source = source,
            Type = type,
            Data = Encoding.UTF8.GetBytes(data ?? FormattableString.Invariant($$"""{"orderId":"{{order}}","amount":{{amount}},"added":"later"}""")),
            Extensions = new Dictionary<string, string> { ["correlationid"] = "correlated" },
        }),
    };

    private static async Task BookAsync(PaymentReceived payment, HandlerContext context)
    {
        var accounts = context.Repository<Account>();
        var account = await accounts.FindAsync(payment.OrderId) ?? Account.Of(payment.OrderId);
        account.Amounts = [.. account.Amounts, payment.Amount];
        await accounts.SaveAsync(account);
    }

    private static async Task<IReadOnlyList<decimal>> AmountsAsync(Domain shop, string order) =>
        await shop.Repository<Account>().FindAsync(order, Cancellation) is { } account ? account.Amounts : [];

    private Domain Paying(Action<SubscriberBuilder>? declare = null, Func<IShopStore, IEventStore>? open = null) => Shop(
        domain =>
        {
            domain.Aggregate<Account>();
            domain.UseBroker(_ => _broker);
            var subscriber = domain.Subscriber(Topic).Named("payments").Message<PaymentReceived>(Theirs).On<PaymentReceived>(BookAsync);
            declare?.Invoke(subscriber);
        },
        open);

    private async Task<IReadOnlyList<StoredMessage>> InboxAsync() =>
        (await Store.ReadLogAsync(new() { After = 0, MaxCount = 1000, Categories = ["shop::payments:inbox"] }, Cancellation)).Messages;

    /// <summary>As others do: whoever listens is to be there before.</summary>
    private async Task PublishAsync(params BrokerMessage[] messages)
    {
        await _broker.DeclareAsync(new() { Name = Group, Topics = [Topic] }, Cancellation);
        await _broker.PublishAsync(messages, Cancellation);
    }
}
