using RabbitMQ.Client;
using Shouldly;
using Xunit;

namespace Protean.Brokers.RabbitMq.Tests;

/// <summary>One message that cannot be taken is refused by itself, and holds up no other.</summary>
public sealed class RefusalTests : RabbitMqTest
{
    [Fact(Timeout = Patience)]
    public async Task Publish_QueueIsFull_RefusesWhatItHasNoRoomFor()
    {
        var broker = await OpenAsync();
        await broker.PublishAsync([Message("0")], Cancellation);
        var raw = await OpenRawAsync();
        var full = (await raw.QueueDeclareAsync("", arguments: new Dictionary<string, object?> { ["x-max-length"] = 2, ["x-overflow"] = "reject-publish" }, cancellationToken: Cancellation)).QueueName;
        await raw.QueueBindAsync(full, Shop, "paid.#", cancellationToken: Cancellation);

        var refusals = await broker.PublishAsync([Message("1"), Message("2"), Message("3"), Message("4", topic: $"{Shop}.late"), Message("5")], Cancellation);

        refusals.Select(r => r.Index).ShouldBe([2, 4]);
        refusals[0].Reason.ShouldContain("full");
        await raw.QueuePurgeAsync(full, Cancellation);
        (await broker.PublishAsync([Message("6")], Cancellation)).ShouldBeEmpty();
    }

    [Fact(Timeout = Patience)]
    public async Task Publish_WhatCannotBeCarried_RefusesItAlone()
    {
        var broker = await OpenAsync(o => o.MaxMessageBytes = 100);
        var consumer = await ConsumeAsync(broker);
        var longText = new string('ü', 128);

        var refusals = await broker.PublishAsync(
            [
                Message("first"),
                Message("1") with { Topic = "no topic" },
                Message("2") with { Body = new byte[101] },
                Message(longText),
                Message("4") with { ContentType = longText },
                Message("5") with { ContentEncoding = longText },
                Message("6") with { Headers = new Dictionary<string, string> { ["CC"] = "x" } },
                Message("7") with { Headers = new Dictionary<string, string> { ["protean-key"] = "x" } },
                Message("8") with { Headers = new Dictionary<string, string> { [longText] = "x" } },
                Message("9") with { Headers = new Dictionary<string, string> { ["big"] = new string('x', 130_000) } },
                Message("last") with { Body = new byte[100], Headers = new Dictionary<string, string> { ["large"] = new string('x', 100_000) } },
            ],
            Cancellation);

        refusals.Select(r => r.Index).ShouldBe([1, 2, 3, 4, 5, 6, 7, 8, 9]);
        refusals.ShouldAllBe(r => r.Reason.Length > 0 && r.Reason.Length < 300);
        (await TakeAsync(consumer, 2)).ShouldBe(["first", "last"]);
    }

    [Fact]
    public async Task Confirms_ForManyAtOnceAndOneByOne_CompleteTheBatchThatTheyAreOf()
    {
        var confirms = new Confirms();
        var first = confirms.Begin(4);
        confirms.Answer(3, andAllBefore: false, accepted: false);
        confirms.Answer(2, andAllBefore: true, accepted: true);
        first.IsCompleted.ShouldBeFalse();
        confirms.Answer(4, andAllBefore: true, accepted: true);
        await first;
        confirms.Refused.ShouldBe([2]);

        var second = confirms.Begin(2);
        confirms.Answer(4, andAllBefore: true, accepted: false);
        confirms.Open.ShouldBe(2);
        confirms.Answer(6, andAllBefore: true, accepted: true);
        await second;
        confirms.Refused.ShouldBeEmpty();
    }
}
