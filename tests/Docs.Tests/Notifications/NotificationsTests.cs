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
