using System.Text.Json;
using Protean.Brokers;
using Protean.Brokers.RabbitMq;
using Protean.Brokers.TestServer;
using Shouldly;
using Xunit;

namespace InventoryOrders.Tests.Story;

public sealed class RabbitMqStoryTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task Story_WithRabbitMq_TellsSuppliersWhatIsToBeReordered()
    {
        var address = await TestRabbitMq.Shared.UriAsync(Cancellation);
        await using var broker = new RabbitMqBroker(new() { Uri = address });
        var suppliers = new BrokerGroup { Name = $"suppliers-{Guid.NewGuid():n}", Topics = ["inventory_orders.reorder_requested"] };
        await using var supplier = await broker.ConsumeAsync(suppliers, 0, Cancellation);

        var story = await StoryProcess.RunAsync(["--rabbitmq", address]);
        (story.ExitCode, story.LastLine).ShouldBe((0, "All checks passed."), story.Output + story.Errors);
        var heard = await supplier.ReceiveAsync(10, Cancellation);
        await supplier.AcknowledgeAsync(heard, Cancellation);

        var reorder = CloudEventJson.Read(heard[^1].Message.Body);
        reorder.Type.ShouldBe("InventoryOrders.ReorderRequested.v1");
        JsonDocument.Parse(reorder.Data).RootElement.GetProperty("supplier").GetString().ShouldBe("Allen & Unwin");
        story.Output.ShouldContain("goes to RabbitMQ");
    }

    [Theory(Timeout = 60_000)]
    [InlineData("localhost:5672")]
    [InlineData("http://user:secret@localhost")]
    public async Task RabbitMq_ThatIsNoAddress_IsRefusedWithoutRepeatingIt(string address)
    {
        var story = await StoryProcess.RunAsync(["--rabbitmq", address]);

        story.ExitCode.ShouldNotBe(0);
        story.Errors.ShouldContain("--rabbitmq cannot be read: write it as 'amqp://user:password@host:5672'");
        (story.Output + story.Errors).ShouldNotContain("secret");
    }
}
