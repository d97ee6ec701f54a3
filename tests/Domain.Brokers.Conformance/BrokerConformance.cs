using System.Text;
using Shouldly;
using Xunit;

namespace Protean.Brokers.Conformance;

/// <summary>What every broker keeps. Each test has topics and groups of its own, so that brokers can be shared.</summary>
public abstract class BrokerConformance : IAsyncDisposable
{
    protected const int Patience = 60_000;

    private readonly List<IAsyncDisposable> _opened = [];
    private readonly string _own = Guid.NewGuid().ToString("n")[..12];

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A domain that no other test publishes for.</summary>
    protected string Publisher => $"d{_own}";

    /// <summary>A connection of its own to the one broker of the test.</summary>
    protected abstract ValueTask<IBroker> OpenAsync();

    /// <summary>How many messages stand in the dead letters of a group.</summary>
    protected abstract ValueTask<int> CountDeadLettersAsync(IBroker broker, string group);

    public async ValueTask DisposeAsync()
    {
        foreach (var opened in Enumerable.Reverse(_opened))
            await opened.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact(Timeout = Patience)]
    public async Task Publish_ToAGroupThatConsumes_ArrivesAsItWas()
    {
        var broker = await ConnectAsync();
        var consumer = await ConsumeAsync(broker, Group("g"));
        var sent = new BrokerMessage
        {
            Id = "an id/ü 1",
            Topic = $"{Publisher}.paid",
            Key = "k/ä",
            Body = new byte[] { 0, 1, 255, 10 },
            ContentType = "application/cloudevents+json",
            ContentEncoding = "gzip",
            Headers = new Dictionary<string, string> { ["traceparent"] = "00-1", ["tenant"] = "grün" },
            Time = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero),
        };

        (await broker.PublishAsync([sent], Cancellation)).ShouldBeEmpty();
        var got = (await consumer.ReceiveAsync(10, Cancellation)).ShouldHaveSingleItem();

        got.Attempt.ShouldBe(1);
        got.Message.Id.ShouldBe(sent.Id);
        got.Message.Topic.ShouldBe(sent.Topic);
        got.Message.Key.ShouldBe(sent.Key);
        got.Message.Body.ToArray().ShouldBe(sent.Body.ToArray());
        got.Message.ContentType.ShouldBe(sent.ContentType);
        got.Message.ContentEncoding.ShouldBe(sent.ContentEncoding);
        got.Message.Headers.OrderBy(h => h.Key).ShouldBe(sent.Headers.OrderBy(h => h.Key));
        got.Message.Time.ShouldBe(sent.Time);
    }

    [Fact(Timeout = Patience)]
    public async Task Publish_Many_ArrivesInOrderAndOnce()
    {
        var broker = await ConnectAsync();
        var consumer = await ConsumeAsync(broker, Group("g"));

        for (var batch = 0; batch < 10; batch++)
            (await broker.PublishAsync([.. Enumerable.Range(batch * 200, 200).Select(i => Message($"{i}"))], Cancellation)).ShouldBeEmpty();

        (await TakeAsync(consumer, 2000)).ShouldBe(Enumerable.Range(0, 2000).Select(i => $"{i}"));
    }

    [Fact(Timeout = Patience)]
    public async Task Publish_WithoutAGroup_IsDroppedAndNoError()
    {
        var broker = await ConnectAsync();

        (await broker.PublishAsync([Message("lost")], Cancellation)).ShouldBeEmpty();
        var consumer = await ConsumeAsync(broker, Group("g"));
        await broker.PublishAsync([Message("kept")], Cancellation);

        (await TakeAsync(consumer, 1)).ShouldBe(["kept"]);
    }

    [Fact(Timeout = Patience)]
    public async Task Publish_Nothing_DoesNothing() =>
        (await (await ConnectAsync()).PublishAsync([], Cancellation)).ShouldBeEmpty();

    [Fact(Timeout = Patience)]
    public async Task Declare_BeforeAnybodyConsumes_KeepsWhatIsPublished()
    {
        var broker = await ConnectAsync();
        await broker.DeclareAsync(Group("g"), Cancellation);
        await broker.DeclareAsync(Group("g"), Cancellation);

        await broker.PublishAsync([Message("1"), Message("2")], Cancellation);
        var consumer = await ConsumeAsync(broker, Group("g"));

        (await TakeAsync(consumer, 2)).ShouldBe(["1", "2"]);
    }

    [Fact(Timeout = Patience)]
    public async Task Groups_OfOneTopic_GetEverythingEach()
    {
        var broker = await ConnectAsync();
        var first = await ConsumeAsync(broker, Group("g1"));
        var second = await ConsumeAsync(broker, Group("g2"));

        await broker.PublishAsync([Message("1"), Message("2")], Cancellation);

        (await TakeAsync(first, 2)).ShouldBe(["1", "2"]);
        (await TakeAsync(second, 2)).ShouldBe(["1", "2"]);
    }

    [Fact(Timeout = Patience)]
    public async Task Topics_OfOthers_AreNotHeard()
    {
        var broker = await ConnectAsync();
        var paid = await ConsumeAsync(broker, Group("paid", $"{Publisher}.paid"));
        var all = await ConsumeAsync(broker, Group("all", $"{Publisher}.*"));
        var two = await ConsumeAsync(broker, Group("two", $"{Publisher}.paid", $"{Publisher}.late"));
        var other = await ConsumeAsync(broker, Group("other", $"x{Publisher}.*", $"{Publisher}.pai", $"{Publisher}.paid.twice"));

        await broker.PublishAsync([Message("1"), Message("2", topic: $"{Publisher}.sent"), Message("3", topic: $"{Publisher}.late"), Message("4", topic: $"{Publisher}.paid.twice")], Cancellation);

        (await TakeAsync(paid, 1)).ShouldBe(["1"]);
        (await TakeAsync(all, 4)).ShouldBe(["1", "2", "3", "4"]);
        (await TakeAsync(two, 2)).ShouldBe(["1", "3"]);
        (await TakeAsync(other, 1)).ShouldBe(["4"]);
        await ShouldHaveNothingAsync(paid);
        await ShouldHaveNothingAsync(two);
    }

    [Fact(Timeout = Patience)]
    public async Task Partitions_KeepTheOrderOfEachKey()
    {
        var group = Group("g") with { Partitions = 4 };
        var broker = await ConnectAsync();
        IBrokerConsumer[] consumers = [.. await Task.WhenAll(Enumerable.Range(0, 4).Select(p => ConsumeAsync(broker, group, p)))];
        BrokerMessage[] sent = [.. Enumerable.Range(0, 400).Select(i => Message($"{i}", key: $"key {i % 20}"))];

        await broker.PublishAsync(sent, Cancellation);

        for (var partition = 0; partition < 4; partition++)
        {
            string[] expected = [.. sent.Where(m => group.PartitionOf(m.Key) == partition).Select(m => m.Id)];
            (await TakeAsync(consumers[partition], expected.Length)).ShouldBe(expected);
        }
    }

    [Fact(Timeout = Patience)]
    public async Task Unsettled_WhenItsConsumerIsGone_ComesAgainFirstAndInOrder()
    {
        var broker = await ConnectAsync();
        var lost = await ConsumeAsync(broker, Group("g"));
        await broker.PublishAsync([.. Enumerable.Range(0, 6).Select(i => Message($"{i}"))], Cancellation);
        var held = await ReceiveAsync(lost, 4);
        await lost.AcknowledgeAsync([held[0]], Cancellation);

        await lost.DisposeAsync();
        var next = await ConsumeAsync(broker, Group("g"));
        var again = await ReceiveAsync(next, 5);

        again.Select(d => d.Message.Id).ShouldBe(["1", "2", "3", "4", "5"]);
        again.Take(3).ShouldAllBe(d => d.Attempt == 2);
    }

    [Fact(Timeout = Patience)]
    public async Task Unsettled_WhenTheConnectionIsGone_ComesAgain()
    {
        var first = await ConnectAsync();
        var second = await ConnectAsync();
        var lost = await ConsumeAsync(first, Group("g"));
        var next = await ConsumeAsync(second, Group("g"));
        await second.PublishAsync([Message("1"), Message("2")], Cancellation);
        await ReceiveAsync(lost, 2);

        await CutAsync(first, lost);

        (await TakeAsync(next, 2)).ShouldBe(["1", "2"]);
    }

    [Fact(Timeout = Patience)]
    public async Task Consumers_OfOnePartition_OneGetsItsMessagesAtATime()
    {
        var broker = await ConnectAsync();
        var other = await ConnectAsync();
        var first = await ConsumeAsync(broker, Group("g"));
        var second = await ConsumeAsync(other, Group("g"));

        await broker.PublishAsync([Message("1"), Message("2")], Cancellation);

        (await TakeAsync(first, 2)).ShouldBe(["1", "2"]);
        await ShouldHaveNothingAsync(second);
        await first.DisposeAsync();
        await broker.PublishAsync([Message("3")], Cancellation);
        (await TakeAsync(second, 1)).ShouldBe(["3"]);
    }

    [Fact(Timeout = Patience)]
    public async Task Return_OfWhatWasGiven_ComesAgainBeforeTheRest()
    {
        var broker = await ConnectAsync();
        var consumer = await ConsumeAsync(broker, Group("g") with { Prefetch = 2 });
        await broker.PublishAsync([Message("1"), Message("2"), Message("3")], Cancellation);
        var held = await ReceiveAsync(consumer, 2);

        await consumer.ReturnAsync(held, Cancellation);

        var again = await ReceiveAsync(consumer, 2);
        again.Select(d => (d.Message.Id, d.Attempt)).ShouldBe([("1", 2), ("2", 2)]);
        await consumer.AcknowledgeAsync(again, Cancellation);
        (await TakeAsync(consumer, 1)).ShouldBe(["3"]);
    }

    [Fact(Timeout = Patience)]
    public async Task Reject_OfWhatNobodyCanHandle_GoesToTheDeadLetters()
    {
        var broker = await ConnectAsync();
        var consumer = await ConsumeAsync(broker, Group("g"));
        await broker.PublishAsync([Message("1"), Message("2")], Cancellation);
        var held = await ReceiveAsync(consumer, 2);

        await consumer.RejectAsync([held[0]], Cancellation);
        await consumer.AcknowledgeAsync([held[1]], Cancellation);

        await ShouldHaveNothingAsync(consumer);
        (await CountDeadLettersAsync(broker, Group("g").Name)).ShouldBe(1);
    }

    [Fact(Timeout = Patience)]
    public async Task Prefetch_WhenNothingIsSettled_IsTheMostThatIsGiven()
    {
        var broker = await ConnectAsync();
        var consumer = await ConsumeAsync(broker, Group("g") with { Prefetch = 3 });
        await broker.PublishAsync([.. Enumerable.Range(0, 5).Select(i => Message($"{i}"))], Cancellation);

        var held = await ReceiveAsync(consumer, 3);
        await ShouldHaveNothingAsync(consumer);
        await consumer.AcknowledgeAsync(held, Cancellation);

        (await TakeAsync(consumer, 2)).ShouldBe(["3", "4"]);
    }

    [Fact(Timeout = Patience)]
    public async Task Receive_AtMost_GivesNoMore()
    {
        var broker = await ConnectAsync();
        var consumer = await ConsumeAsync(broker, Group("g"));
        await broker.PublishAsync([.. Enumerable.Range(0, 5).Select(i => Message($"{i}"))], Cancellation);

        for (var i = 0; i < 5; i++)
            (await consumer.ReceiveAsync(1, Cancellation)).ShouldHaveSingleItem().Message.Id.ShouldBe($"{i}");
    }

    [Fact(Timeout = Patience)]
    public async Task Receive_Cancelled_TakesNothing()
    {
        var broker = await ConnectAsync();
        var consumer = await ConsumeAsync(broker, Group("g"));
        using var cancellation = new CancellationTokenSource();
        var waiting = consumer.ReceiveAsync(1, cancellation.Token).AsTask();

        await cancellation.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => waiting);
        await broker.PublishAsync([Message("1")], Cancellation);
        (await TakeAsync(consumer, 1)).ShouldBe(["1"]);
    }

    [Fact(Timeout = Patience)]
    public async Task Consume_APartitionThatIsNotThere_IsRefused()
    {
        var broker = await ConnectAsync();

        await Should.ThrowAsync<ArgumentOutOfRangeException>(() => broker.ConsumeAsync(Group("g"), 1, Cancellation).AsTask());
    }

    [Fact(Timeout = Patience)]
    public async Task Publish_FromManyAtOnce_LosesNothingAndKeepsTheOrderOfEach()
    {
        var broker = await ConnectAsync();
        var consumer = await ConsumeAsync(broker, Group("g"));

        await Task.WhenAll(Enumerable.Range(0, 8).Select(async publisher =>
        {
            for (var i = 0; i < 20; i++)
                (await broker.PublishAsync([Message($"{publisher}:{i}", key: $"{publisher}")], Cancellation)).ShouldBeEmpty();
        }));

        var got = await TakeAsync(consumer, 160);
        foreach (var publisher in Enumerable.Range(0, 8))
            got.Where(id => id.StartsWith($"{publisher}:", StringComparison.Ordinal)).ShouldBe(Enumerable.Range(0, 20).Select(i => $"{publisher}:{i}"));
    }

    /// <summary>Ends a connection without a word to its consumer; a broker without connections ends the consumer.</summary>
    protected virtual ValueTask CutAsync(IBroker broker, IBrokerConsumer consumer) => consumer.DisposeAsync();

    protected BrokerGroup Group(string name, params string[] topics) => new() { Name = $"{name}.{_own}", Topics = topics.Length == 0 ? [$"{Publisher}.paid"] : topics };

    protected BrokerMessage Message(string id, string key = "k", string? topic = null) =>
        new() { Id = id, Topic = topic ?? $"{Publisher}.paid", Key = key, Body = Encoding.UTF8.GetBytes($"body of {id}") };

    protected async Task<IBroker> ConnectAsync()
    {
        var broker = await OpenAsync();
        _opened.Add(broker);
        return broker;
    }

    protected async Task<IBrokerConsumer> ConsumeAsync(IBroker broker, BrokerGroup group, int partition = 0)
    {
        var consumer = await broker.ConsumeAsync(group, partition, Cancellation);
        lock (_opened)
            _opened.Add(consumer);
        return consumer;
    }

    /// <summary>Receives so many, and settles none.</summary>
    protected static async Task<IReadOnlyList<BrokerDelivery>> ReceiveAsync(IBrokerConsumer consumer, int count)
    {
        List<BrokerDelivery> got = [];
        while (got.Count < count)
            got.AddRange(await consumer.ReceiveAsync(count - got.Count, Cancellation));
        return got;
    }

    /// <summary>Receives so many, and acknowledges them.</summary>
    protected static async Task<IReadOnlyList<string>> TakeAsync(IBrokerConsumer consumer, int count)
    {
        List<string> got = [];
        while (got.Count < count)
        {
            var received = await consumer.ReceiveAsync(count - got.Count, Cancellation);
            await consumer.AcknowledgeAsync(received, Cancellation);
            got.AddRange(received.Select(d => d.Message.Id));
        }

        return got;
    }

    /// <summary>Nothing comes: what is published for another group meanwhile would have come after it.</summary>
    private async Task ShouldHaveNothingAsync(IBrokerConsumer consumer)
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var waiting = consumer.ReceiveAsync(1, cancellation.Token).AsTask();
        var broker = await ConnectAsync();
        var probe = await ConsumeAsync(broker, Group($"probe-{Guid.NewGuid():n}"[..20], $"probe{_own}.*"));
        await broker.PublishAsync([Message("probe", topic: $"probe{_own}.sent")], Cancellation);
        await TakeAsync(probe, 1);
        waiting.IsCompleted.ShouldBeFalse();
        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => waiting);
    }
}
