using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Shouldly;
using Xunit;

namespace Protean.Brokers.RabbitMq.Tests;

/// <summary>What stands on the server, and what happens when somebody changes it.</summary>
public sealed class TopologyTests : RabbitMqTest
{
    [Fact(Timeout = Patience)]
    public async Task Declare_WithOtherPartitions_IsRefused()
    {
        var broker = await OpenAsync();
        await broker.DeclareAsync(Group() with { Partitions = 2 }, Cancellation);

        var error = await Should.ThrowAsync<InvalidOperationException>(() => broker.DeclareAsync(Group() with { Partitions = 3 }, Cancellation).AsTask());

        error.Message.ShouldStartWith($"The group '{Group().Name}' cannot be declared with 3 partitions");
        await broker.DeclareAsync(Group() with { Partitions = 2 }, Cancellation);
    }

    [Fact(Timeout = Patience)]
    public async Task Declare_WhatTheUserMayNotMake_SaysSo()
    {
        var broker = await OpenAsync();

        // Names that begin with this are the server's own.
        var error = await Should.ThrowAsync<BrokerUnavailableException>(() => broker.DeclareAsync(new() { Name = "amq.g", Topics = [$"{Shop}.paid"] }, Cancellation).AsTask());

        error.Message.ShouldContain("do that (ACCESS_REFUSED");
        error.Message.ShouldNotContain("partitions");
    }

    [Fact(Timeout = Patience)]
    public async Task Exchange_OfADomain_IsDurable()
    {
        var broker = await OpenAsync();
        await broker.DeclareAsync(Group(), Cancellation);

        // The server refuses to declare what is there otherwise, and says what is.
        var raw = await OpenRawAsync();
        var refusal = await Should.ThrowAsync<OperationInterruptedException>(() => raw.ExchangeDeclareAsync(Shop, ExchangeType.Topic, durable: false, cancellationToken: Cancellation));

        refusal.Message.ShouldContain("current is 'true'");
    }

    [Fact(Timeout = Patience)]
    public async Task Publish_ExchangeWasRemoved_NextCallMakesItAgain()
    {
        var broker = await OpenAsync();
        await broker.PublishAsync([Message("1")], Cancellation);
        await (await OpenRawAsync()).ExchangeDeleteAsync(Shop, cancellationToken: Cancellation);

        var error = await Should.ThrowAsync<BrokerUnavailableException>(() => broker.PublishAsync([Message("2")], Cancellation).AsTask());

        error.Message.ShouldContain("no exchange");
        (await broker.PublishAsync([Message("2")], Cancellation)).ShouldBeEmpty();
    }

    [Fact(Timeout = Patience)]
    public async Task Consumer_QueueWasRemoved_IsLostAndTheNextOneMakesItAgain()
    {
        var broker = await OpenAsync();
        var lost = await ConsumeAsync(broker);
        // RabbitMQ 3.10 breaks down over a queue that is deleted before all of it has started.
        await broker.PublishAsync([Message("0")], Cancellation);
        (await TakeAsync(lost, 1)).ShouldBe(["0"]);
        await (await OpenRawAsync()).QueueDeleteAsync($"{Group().Name}.0", cancellationToken: Cancellation);

        await Should.ThrowAsync<BrokerUnavailableException>(() => lost.ReceiveAsync(1, Cancellation).AsTask());

        var next = await ConsumeAsync(broker);
        await broker.PublishAsync([Message("1")], Cancellation);
        (await TakeAsync(next, 1)).ShouldBe(["1"]);
    }

    [Fact(Timeout = Patience)]
    public async Task Topic_ThatAGroupNoLongerHas_GoesToItsDeadLettersAndKeepsNothingFromSettling()
    {
        var broker = await OpenAsync();
        await broker.DeclareAsync(Group("g", $"{Shop}.paid", $"{Shop}.late"), Cancellation);
        var consumer = await ConsumeAsync(broker);

        await broker.PublishAsync([Message("1"), Message("2", topic: $"{Shop}.late"), Message("3"), Message("4", topic: $"{Shop}.late"), Message("5")], Cancellation);

        (await TakeAsync(consumer, 3)).ShouldBe(["1", "3", "5"]);
        Log.Lines.Where(line => line.Id == 5007).ShouldHaveSingleItem().Text.ShouldContain("dead letters");
        await broker.PublishAsync([Message("6")], Cancellation);
        (await TakeAsync(consumer, 1)).ShouldBe(["6"]);
        await UntilAsync(async () => await broker.CountDeadLettersAsync(Group().Name, Cancellation) == 2);
        (await broker.ReadDeadLettersAsync(Group().Name, 9, Cancellation)).Select(letter => letter.Id).ShouldBe(["2", "4"]);
    }

    [Fact(Timeout = Patience)]
    public async Task Topic_ThatAGroupWillHave_WaitsInItsDeadLetters()
    {
        var broker = await OpenAsync();
        var later = Group("g", $"{Shop}.paid", $"{Shop}.later");
        await broker.DeclareAsync(later, Cancellation);
        var older = await ConsumeAsync(broker);
        await broker.PublishAsync([Message("1", topic: $"{Shop}.later")], Cancellation);
        await UntilAsync(async () => await broker.CountDeadLettersAsync(later.Name, Cancellation) == 1);
        await older.DisposeAsync();

        var newer = await ConsumeAsync(broker, later);
        await UntilAsync(async () => await broker.RequeueDeadLettersAsync(later.Name, cancellationToken: Cancellation) == 1);

        var message = (await ReceiveAsync(newer, 1)).ShouldHaveSingleItem().Message;
        (message.Id, message.Topic).ShouldBe(("1", $"{Shop}.later"));
    }

    [Fact(Timeout = Patience)]
    public async Task Topic_WithAWordMoreThanTheGroups_IsForOthers()
    {
        var broker = await OpenAsync();
        var consumer = await ConsumeAsync(broker);
        await (await OpenRawAsync()).BasicPublishAsync(Shop, "paid.late", Array.Empty<byte>(), Cancellation);

        await broker.PublishAsync([Message("2")], Cancellation);

        (await TakeAsync(consumer, 1)).ShouldBe(["2"]);
        await UntilAsync(() => Task.FromResult(Log.Lines.Any(line => line.Id == 5010)));
        Log.Lines.ShouldNotContain(line => line.Id == 5007);
    }

    [Fact(Timeout = Patience)]
    public async Task Topic_WithAWordMoreThanTheGroups_ThatAnotherVersionListensTo_WaitsInItsDeadLetters()
    {
        var broker = await OpenAsync();
        await broker.DeclareAsync(Group("g", $"{Shop}.paid", $"{Shop}.paid.late"), Cancellation);
        var older = await ConsumeAsync(broker);

        await broker.PublishAsync([Message("1", topic: $"{Shop}.paid.late"), Message("2")], Cancellation);

        (await TakeAsync(older, 1)).ShouldBe(["2"]);
        await UntilAsync(async () => (await broker.ReadDeadLettersAsync(Group().Name, 9, Cancellation)).Count == 1);
        Log.Lines.ShouldContain(line => line.Id == 5007);
    }

    [Fact(Timeout = Patience)]
    public async Task Settled_OnceMoreOrByAnotherConsumer_DoesNothing()
    {
        var broker = await OpenAsync();
        var first = await ConsumeAsync(broker);
        await broker.PublishAsync([Message("1"), Message("2"), Message("3")], Cancellation);
        var held = await ReceiveAsync(first, 3);
        await first.AcknowledgeAsync([held[1]], Cancellation);
        await first.AcknowledgeAsync([held[0], held[1], held[0]], Cancellation);
        await first.DisposeAsync();
        var second = await ConsumeAsync(broker);
        var again = (await ReceiveAsync(second, 1)).ShouldHaveSingleItem();

        await second.AcknowledgeAsync(held, Cancellation);
        await second.ReturnAsync([again, again], Cancellation);

        (await ReceiveAsync(second, 1)).ShouldHaveSingleItem().Message.Id.ShouldBe("3");
        await second.AcknowledgeAsync([again], Cancellation);
        await broker.PublishAsync([Message("4")], Cancellation);
        (await TakeAsync(second, 1)).ShouldBe(["4"]);
    }

    [Fact(Timeout = Patience)]
    public async Task Return_BeforeWhatIsOnTheWay_ComesAgainFirst()
    {
        var broker = await OpenAsync();
        var consumer = await ConsumeAsync(broker);
        await broker.PublishAsync([.. Enumerable.Range(1, 9).Select(i => Message($"{i}"))], Cancellation);
        var held = await ReceiveAsync(consumer, 3);

        await consumer.AcknowledgeAsync([held[0]], Cancellation);
        await consumer.ReturnAsync([held[2], held[1]], Cancellation);

        var again = await ReceiveAsync(consumer, 8);
        again.Select(d => d.Message.Id).ShouldBe(["2", "3", "4", "5", "6", "7", "8", "9"]);
        again.Select(d => d.Attempt).ShouldBe([2, 2, 1, 1, 1, 1, 1, 1]);
    }

    [Fact]
    public void Log_EventIds_AreUniqueAndFromTheirRange()
    {
        int[] ids = [.. typeof(RabbitMqLog).GetMethods().SelectMany(m => m.GetCustomAttributes(typeof(LoggerMessageAttribute), inherit: false)).Select(a => ((LoggerMessageAttribute)a).EventId)];

        ids.ShouldNotBeEmpty();
        ids.ShouldBeUnique();
        ids.ShouldAllBe(id => id > 5000 && id < 6000);
    }
}
