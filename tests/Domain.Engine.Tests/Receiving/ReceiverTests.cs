using System.Text;
using Protean.Brokers;
using Protean.Engine;
using Protean.Storage;
using Protean.Tests.Failures;
using Protean.Tests.Relay;
using Protean.Tests.Stores;
using Shouldly;
using Xunit;

namespace Protean.Tests.Receiving;

/// <summary>What keeps a subscriber from receiving is said, and over when it is over.</summary>
public sealed class ReceiverTests : FailingShop
{
    private readonly FaultyBroker _broker = new();

    public sealed record Paid(string OrderId) : IDomainEvent;

    [Fact(Timeout = HangLimit)]
    public async Task Receiver_ThatFailsForAnotherReason_SaysSoAndGoesOnWhenItIsMended()
    {
        _broker.Breaks = new InvalidOperationException("The group has another number of partitions.");
        var shop = Shop(domain =>
        {
            domain.UseBroker(_ => _broker);
            domain.Subscriber("payments.paid").Named("payments").Message<Paid>("Payments.Paid.v1").On<Paid>((_, _) => { });
        });
        var engine = await StartAsync(shop);

        await PassUntil(() => engine.Status.Receivers[0].State == ReceiverState.Broken);
        Log.Lines.First(l => l.Id == 2049).Error!.Message.ShouldContain("another number of partitions");

        _broker.Breaks = null;
        await PassUntil(() => engine.Status.Receivers[0].State == ReceiverState.Receiving);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Batch_KeptAgainAfterTheStoreWasAway_RejectsWhatCannotBeKeptOnce()
    {
        var isLost = false;
        List<string> paid = [];
        var shop = Shop(
            domain =>
            {
                domain.UseBroker(_ => _broker);
                domain.Subscriber("payments.paid").Named("payments").Message<Paid>("Payments.Paid.v1").On<Paid>((e, _) => paid.Add(e.OrderId));
            },
            stores => new GuardedStore(stores.Open()) { Before = Refuse });
        await _broker.DeclareAsync(new() { Name = "shop.payments", Topics = ["payments.paid"] }, Cancellation);
        await _broker.PublishAsync([Message("a"), Message("bad"), Message("c")], Cancellation);

        var engine = await StartAsync(shop);
        await PassUntil(() => _broker.DeadLettersOf("shop.payments").Count > 0);
        await engine.WaitUntilQuietAsync(Cancellation);

        isLost.ShouldBeTrue();
        _broker.DeadLettersOf("shop.payments").ShouldHaveSingleItem().Id.ShouldBe("bad");
        Log.Lines.Count(l => l.Id == 1014).ShouldBe(1);
        paid.Order().ShouldBe(["a", "c"]);

        static BrokerMessage Message(string id) => new()
        {
            Id = id,
            Topic = "payments.paid",
            Key = id,
            Body = Encoding.UTF8.GetBytes($$$"""{"specversion":"1.0","id":"{{{id}}}","source":"/payments","type":"Payments.Paid.v1","data":{"orderId":"{{{id}}}"}}"""),
        };

        void Refuse(Commit commit)
        {
            string[] kept = [.. commit.Appends.Where(append => append.Stream.Category.EndsWith(":inbox", StringComparison.Ordinal)).Select(append => append.Stream.Id.ToString())];
            if (kept.Contains("bad"))
                throw new ArgumentException("It cannot be kept.");
            if (kept is not ["c"] || isLost)
                return;
            isLost = true;
            throw GuardedStore.Lost();
        }
    }
}
