using System.Text.Json.Nodes;
using Protean.Brokers;
using Protean.Docs.Guides;
using Protean.Engine;
using Shouldly;
using Xunit;

namespace Protean.Docs.Notifications;

/// <summary>What the guide to notifications says happens.</summary>
public sealed class NotificationsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task Example_OfASubscriber_TakesBothFormsOnceAndPassesTheRestOver()
    {
        await using var broker = new InMemoryBroker();
        var told = new TaskCompletionSource<string>();
        await using var domain = Domain.Create("shipping", builder =>
        {
            ReceivingExample.Declare(builder);
            ReceivingExample.DeclareStream(builder, told.SetResult);
            builder.UseInMemoryBroker(broker);
            builder.UseInMemory();
        });
        await using var engine = new DomainEngine(domain);
        await broker.DeclareAsync(new() { Name = "shipping.payments", Topics = ["payments.payment_received", "bank.*"] }, Cancellation);
        await engine.StartAsync(Cancellation);
        var payment = Outside("payments.payment_received", "1", "Payments.PaymentReceived.v1", """{"parcelId":"p-1","amount":5}""");
        var transfer = Outside("bank.transfers", "2", "com.bank.transfer", """{"reference":"p-1","cents":250}""");

        await broker.PublishAsync([payment, payment, Outside("bank.transfers", "3", "com.bank.closed", "{}"), transfer], Cancellation);
        (await told.Task.WaitAsync(Cancellation)).ShouldBe("p-1");
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while ((await domain.Repository<Bill>().FindAsync("p-1", Cancellation))?.Paid != 7.5m)
            await look.WaitForNextTickAsync(Cancellation);
        broker.DeadLettersOf("shipping.payments").ShouldBeEmpty();

        static BrokerMessage Outside(string topic, string id, string type, string data) => new()
        {
            Id = id,
            Topic = topic,
            Key = "p-1",
            Body = CloudEventJson.Write(new() { Id = id, Source = "/outside", Type = type, Data = System.Text.Encoding.UTF8.GetBytes(data) }),
        };
    }

    [Fact(Timeout = 60_000)]
    public async Task Example_OfTheGuide_ArrivesInTheFormThatTheGuideShows()
    {
        await using var broker = new InMemoryBroker();
        await using var domain = Domain.Create("shipping", builder =>
        {
            NotificationsExample.Declare(builder, broker);
            builder.UseInMemory();
        });
        await using var engine = new DomainEngine(domain);
        await broker.DeclareAsync(new() { Name = "accounts", Topics = ["shipping.parcel_sent"] }, Cancellation);
        await engine.StartAsync(Cancellation);

        await domain.ProcessAsync(new SendParcel("p-1", "Ada"), cancellationToken: Cancellation);
        var sent = await NotificationsExample.ListenAsync(broker, Cancellation);

        var shown = JsonNode.Parse(Document.Read("docs/guides/notifications.md").Blocks.Single(b => b.Language == "json").Code)!.AsObject();
        var written = JsonNode.Parse(CloudEventJson.Write(sent))!.AsObject();
        written.Select(member => member.Key).Order().ShouldBe(shown.Select(member => member.Key).Order());
        foreach (var same in new[] { "specversion", "source", "type", "subject", "datacontenttype", "schemaversion", "sequence", "data" })
            JsonNode.DeepEquals(written[same], shown[same]).ShouldBeTrue($"{same} is {written[same]}");
    }
}
