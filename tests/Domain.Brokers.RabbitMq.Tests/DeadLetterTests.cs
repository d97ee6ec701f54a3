using Shouldly;
using Xunit;

namespace Protean.Brokers.RabbitMq.Tests;

/// <summary>What nobody can handle waits, and can be looked at and put back.</summary>
public sealed class DeadLetterTests : RabbitMqTest
{
    [Fact(Timeout = Patience)]
    public async Task Read_LooksAtThemAndLeavesThem()
    {
        var broker = await OpenAsync();
        var sent = Message("1", key: "k1") with { ContentType = "application/json", Headers = new Dictionary<string, string> { ["tenant"] = "grün" } };
        await RejectAsync(broker, await ConsumeAsync(broker), [sent, Message("2")]);

        var read = await broker.ReadDeadLettersAsync(Group().Name, 10, Cancellation);
        await UntilAsync(async () => await broker.CountDeadLettersAsync(Group().Name, Cancellation) == 2);
        var one = await broker.ReadDeadLettersAsync(Group().Name, 1, Cancellation);

        read.Select(m => m.Id).ShouldBe(["1", "2"]);
        (read[0].Topic, read[0].Key, read[0].ContentType, read[0].Headers["tenant"]).ShouldBe((sent.Topic, "k1", "application/json", "grün"));
        read[0].Headers.Count.ShouldBe(1);
        one.Select(m => m.Id).ShouldBe(["1"]);
        await UntilAsync(async () => await broker.CountDeadLettersAsync(Group().Name, Cancellation) == 2);
    }

    [Fact(Timeout = Patience)]
    public async Task Requeue_PutsThemBackIntoTheirPartitionAsTheyWere()
    {
        var broker = await OpenAsync();
        var group = Group() with { Partitions = 2 };
        var key = Enumerable.Range(0, 100).Select(i => $"key {i}").First(k => group.PartitionOf(k) == 1);
        var consumer = await ConsumeAsync(broker, group, 1);
        await RejectAsync(broker, consumer, [Message("1", key), Message("2", key), Message("3", key)]);

        (await broker.RequeueDeadLettersAsync(group.Name, 2, Cancellation)).ShouldBe(2);

        var again = await ReceiveAsync(consumer, 2);
        again.Select(d => (d.Message.Id, d.Message.Topic, d.Message.Key, d.Attempt)).ShouldBe([("1", $"{Shop}.paid", key, 1), ("2", $"{Shop}.paid", key, 1)]);
        (await broker.ReadDeadLettersAsync(group.Name, 10, Cancellation)).Select(m => m.Id).ShouldBe(["3"]);
    }

    [Fact(Timeout = Patience)]
    public async Task Requeue_OfWhatIsRejectedAgain_KnowsItsTopicAndPartitionStill()
    {
        var broker = await OpenAsync();
        var consumer = await ConsumeAsync(broker);
        await RejectAsync(broker, consumer, [Message("1")]);
        await broker.RequeueDeadLettersAsync(Group().Name, cancellationToken: Cancellation);
        await consumer.RejectAsync(await ReceiveAsync(consumer, 1), Cancellation);

        // The count of a queue lags behind: it may still be that of the letter that has gone back.
        IReadOnlyList<BrokerMessage> dead = [];
        await UntilAsync(async () => (dead = await broker.ReadDeadLettersAsync(Group().Name, 1, Cancellation)).Count == 1);
        await UntilAsync(async () => await broker.RequeueDeadLettersAsync(Group().Name, cancellationToken: Cancellation) == 1);

        dead[0].Topic.ShouldBe($"{Shop}.paid");
        (await ReceiveAsync(consumer, 1))[0].Message.Topic.ShouldBe($"{Shop}.paid");
    }

    [Fact(Timeout = Patience)]
    public async Task DeadLetters_OfAGroupThatIsNotThere_AreRefusedByName()
    {
        var broker = await OpenAsync();

        Func<Task>[] asked =
        [
            () => broker.CountDeadLettersAsync("nobody", Cancellation).AsTask(),
            () => broker.ReadDeadLettersAsync("nobody", 1, Cancellation).AsTask(),
            () => broker.RequeueDeadLettersAsync("nobody", cancellationToken: Cancellation).AsTask(),
        ];
        foreach (var ask in asked)
            (await Should.ThrowAsync<ArgumentException>(ask)).Message.ShouldContain("has no group 'nobody': is that its name?");
        await Should.ThrowAsync<ArgumentException>(() => broker.CountDeadLettersAsync("No Name", Cancellation).AsTask());
    }

    private async Task RejectAsync(RabbitMqBroker broker, IBrokerConsumer consumer, BrokerMessage[] messages)
    {
        await broker.PublishAsync(messages, Cancellation);
        var got = await ReceiveAsync(consumer, messages.Length);
        await consumer.RejectAsync(got, Cancellation);
        await UntilAsync(async () => await broker.CountDeadLettersAsync(Group().Name, Cancellation) == messages.Length);
    }
}
