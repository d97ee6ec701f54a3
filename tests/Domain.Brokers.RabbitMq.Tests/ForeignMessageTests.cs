using RabbitMQ.Client;
using Shouldly;
using Xunit;

namespace Protean.Brokers.RabbitMq.Tests;

/// <summary>Others publish and consume what they like, and need to know nothing of us.</summary>
public sealed class ForeignMessageTests : RabbitMqTest
{
    [Fact(Timeout = Patience)]
    public async Task Consume_MessageWithoutAnything_HasItsTopicAndNoIdOrKey()
    {
        var consumer = await ConsumeAsync(await OpenAsync());

        await PublishAsync("paid", new());

        var message = (await ReceiveAsync(consumer, 1))[0].Message;
        (message.Id, message.Key, message.Topic, message.ContentType, message.ContentEncoding, message.Time).ShouldBe(("", "", $"{Shop}.paid", "application/octet-stream", null, null));
        message.Headers.ShouldBeEmpty();
        message.Body.ToArray().ShouldBe([1, 2, 3]);
    }

    [Fact(Timeout = Patience)]
    public async Task Consume_HeadersOfOtherTypes_AreText()
    {
        var consumer = await ConsumeAsync(await OpenAsync());

        await PublishAsync("paid", new()
        {
            Timestamp = new(long.MaxValue),
            Headers = new Dictionary<string, object?>
            {
                ["number"] = 7L,
                ["flag"] = true,
                ["half"] = 0.5,
                ["when"] = new AmqpTimestamp(1_700_000_000),
                ["in milliseconds"] = new AmqpTimestamp(1_700_000_000_000),
                ["bytes"] = "grün"u8.ToArray(),
                ["nothing"] = null,
                ["table"] = new Dictionary<string, object?> { ["a"] = 1 },
            },
        });

        var message = (await ReceiveAsync(consumer, 1))[0].Message;
        message.Headers.OrderBy(h => h.Key).Select(h => $"{h.Key}={h.Value}").ShouldBe(["bytes=grün", "flag=true", "half=0.5", "number=7", "when=2023-11-14T22:13:20.0000000+00:00"]);
        message.Time.ShouldBeNull();
    }

    [Fact(Timeout = Patience)]
    public async Task Consume_WithSeveralPartitions_WithoutASlotComesToTheFirst()
    {
        var broker = await OpenAsync();
        var one = Group("one") with { Partitions = 3 };
        var all = Group("all", $"{Shop}.*") with { Partitions = 3 };
        var (first, firstOfAll) = (await ConsumeAsync(broker, one), await ConsumeAsync(broker, all));

        await PublishAsync("paid", new() { MessageId = "1" });
        await PublishAsync("paid.in.part", new() { MessageId = "2" });
        await PublishAsync("paid.64", new() { MessageId = "3" });
        await PublishAsync("paid.6", new() { MessageId = "4" });

        (await TakeAsync(first, 2)).ShouldBe(["1", "4"]);
        var got = await ReceiveAsync(firstOfAll, 4);
        got.Select(d => (d.Message.Id, d.Message.Topic)).ShouldBe([("1", $"{Shop}.paid"), ("2", $"{Shop}.paid.in.part"), ("3", $"{Shop}.paid.64"), ("4", $"{Shop}.paid")]);
    }

    [Fact(Timeout = Patience)]
    public async Task Consume_WithASlot_ComesToItsPartition()
    {
        var group = Group() with { Partitions = 3 };
        var third = await ConsumeAsync(await OpenAsync(), group, 2);

        await PublishAsync("paid.62", new() { MessageId = "1" });

        var message = (await ReceiveAsync(third, 1))[0].Message;
        (message.Id, message.Topic).ShouldBe(("1", $"{Shop}.paid"));
    }

    [Fact(Timeout = Patience)]
    public async Task Consume_WhatAnOperatorBroughtIn_IsNotDropped()
    {
        var consumer = await ConsumeAsync(await OpenAsync());
        var raw = await OpenRawAsync();
        var queue = $"{Group().Name}.0";
        await raw.ExchangeDeclareAsync($"{Shop}-legacy", ExchangeType.Topic, durable: false, autoDelete: true, cancellationToken: Cancellation);
        await raw.QueueBindAsync(queue, $"{Shop}-legacy", "#", cancellationToken: Cancellation);

        await raw.BasicPublishAsync("", queue, new byte[] { 1 }, Cancellation);
        await raw.BasicPublishAsync($"{Shop}-legacy", "Order.Paid", new byte[] { 1 }, Cancellation);

        (await ReceiveAsync(consumer, 2)).Select(d => d.Message.Topic).ShouldBe([queue, $"{Shop}-legacy.Order.Paid"]);
    }

    [Fact(Timeout = Patience)]
    public async Task Publish_ToAStranger_IsPersistentAndSaysWhatItIs()
    {
        var broker = await OpenAsync();
        await broker.PublishAsync([Message("0")], Cancellation);
        var raw = await OpenRawAsync();
        var queue = (await raw.QueueDeclareAsync(cancellationToken: Cancellation)).QueueName;
        await raw.QueueBindAsync(queue, Shop, "paid.#", cancellationToken: Cancellation);

        await broker.PublishAsync([Message("an id", key: "order-1") with { ContentType = "application/json", Time = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero) }], Cancellation);

        var got = (await raw.BasicGetAsync(queue, autoAck: true, Cancellation)).ShouldNotBeNull();
        got.RoutingKey.ShouldBe($"paid.{BrokerGroup.SlotOf("order-1")}");
        var properties = got.BasicProperties;
        (properties.MessageId, properties.ContentType, properties.Persistent, properties.Timestamp.UnixTime).ShouldBe(("an id", "application/json", true, 1_772_600_767));
        properties.Headers.ShouldNotBeNull().Keys.ShouldBe(["protean-key"]);
    }

    private async Task PublishAsync(string routingKey, BasicProperties properties)
    {
        var raw = await OpenRawAsync();
        await raw.BasicPublishAsync(Shop, routingKey, mandatory: true, properties, new byte[] { 1, 2, 3 }, Cancellation);
        // The answer to a question says that the server has read what came before it.
        await raw.ExchangeDeclarePassiveAsync(Shop, Cancellation);
    }
}
