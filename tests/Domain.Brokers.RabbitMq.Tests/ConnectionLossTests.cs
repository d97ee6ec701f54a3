using Protean.EventStore.TestServer;
using Protean.Testing;
using Shouldly;
using Xunit;

namespace Protean.Brokers.RabbitMq.Tests;

/// <summary>A connection that goes away takes nothing along: what was not confirmed is said to be so, and what was not settled comes again.</summary>
public sealed class ConnectionLossTests : RabbitMqTest
{
    [Fact(Timeout = Patience)]
    public async Task Consumer_ConnectionCut_IsLostAndTheNextOneGoesOn()
    {
        var proxy = await StartProxyAsync();
        var broker = await OpenThroughAsync(proxy);
        var lost = await ConsumeAsync(broker);
        await broker.PublishAsync([Message("1"), Message("2"), Message("3")], Cancellation);
        var held = await ReceiveAsync(lost, 2);

        proxy.CutAll();

        await Should.ThrowAsync<BrokerUnavailableException>(async () =>
        {
            while (true)
                await lost.ReceiveAsync(1, Cancellation);
        });
        await Should.ThrowAsync<BrokerUnavailableException>(() => lost.AcknowledgeAsync([held[1]], Cancellation).AsTask());
        var next = await ConsumeAsync(broker);
        var again = await ReceiveAsync(next, 3);
        again.Select(d => d.Message.Id).ShouldBe(["1", "2", "3"]);
        again[0].Attempt.ShouldBe(2);
        Log.Lines.ShouldContain(line => line.Id == 5002);
        // It is said when those who wait are told already.
        await UntilAsync(() => Task.FromResult(Log.Lines.Any(line => line.Id == 5006)));
        Log.Lines.ShouldNotContain(line => line.Text.Contains("body of", StringComparison.Ordinal));
    }

    [Fact(Timeout = Patience)]
    public async Task Publish_CutOnTheWay_SaysSoAndTheNextCallConnects()
    {
        var proxy = await StartProxyAsync();
        var broker = await OpenThroughAsync(proxy);
        var consumer = await ConsumeAsync(await OpenAsync());
        await broker.PublishAsync([Message("0")], Cancellation);
        proxy.Rule = (_, direction, bytes) => direction == ProxyDirection.ToServer && bytes.Span.IndexOf("body of"u8) >= 0 ? ProxyAction.CutBefore() : ProxyAction.Forward;

        await Should.ThrowAsync<BrokerUnavailableException>(() => broker.PublishAsync([Message("1"), Message("2")], Cancellation).AsTask());
        proxy.Rule = (_, _, _) => ProxyAction.Forward;
        (await broker.PublishAsync([Message("1"), Message("2")], Cancellation)).ShouldBeEmpty();

        (await TakeAsync(consumer, 3)).ShouldBe(["0", "1", "2"]);
    }

    [Fact(Timeout = Patience)]
    public async Task Publish_ConfirmationIsLost_SaysSoThoughItArrived()
    {
        var proxy = await StartProxyAsync();
        var broker = await OpenThroughAsync(proxy);
        var consumer = await ConsumeAsync(await OpenAsync());
        await broker.PublishAsync([Message("0")], Cancellation);
        var isSent = false;
        proxy.Rule = (_, direction, bytes) =>
        {
            // What comes back next is the confirmation, which there is only when the message is kept.
            if (direction == ProxyDirection.ToClient)
                return Volatile.Read(ref isSent) ? ProxyAction.CutBefore() : ProxyAction.Forward;
            if (bytes.Span.IndexOf("body of"u8) >= 0)
                Volatile.Write(ref isSent, true);
            return ProxyAction.Forward;
        };

        await Should.ThrowAsync<BrokerUnavailableException>(() => broker.PublishAsync([Message("1")], Cancellation).AsTask());

        (await TakeAsync(consumer, 2)).ShouldBe(["0", "1"]);
    }

    [Fact(Timeout = Patience)]
    public async Task Publish_NotConfirmedInTime_GivesUpAndConnectsAnew()
    {
        var clock = new FakeClock();
        var proxy = await StartProxyAsync();
        var broker = await OpenThroughAsync(proxy, time: clock);
        var consumer = await ConsumeAsync(await OpenAsync());
        await broker.PublishAsync([Message("0")], Cancellation);
        var held = new TaskCompletionSource<ProxyConnection>();
        proxy.Rule = (connection, direction, bytes) =>
        {
            if (direction == ProxyDirection.ToServer || !held.TrySetResult(connection))
                return ProxyAction.Forward;
            return ProxyAction.Hold;
        };
        var publishing = broker.PublishAsync([Message("1")], Cancellation).AsTask();
        await (await held.Task).Held;

        clock.Advance(TimeSpan.FromSeconds(30));

        (await Should.ThrowAsync<BrokerUnavailableException>(() => publishing)).Message.ShouldContain("not confirmed 1 of 1 messages within 00:00:30");
        Log.Lines.ShouldContain(line => line.Id == 5008);
        (await broker.PublishAsync([Message("2")], Cancellation)).ShouldBeEmpty();
        (await TakeAsync(consumer, 3)).ShouldBe(["0", "1", "2"]);
        (await held.Task).Release();
    }

    [Fact(Timeout = Patience)]
    public async Task Publish_Cancelled_IsCancelled()
    {
        var proxy = await StartProxyAsync();
        var broker = await OpenThroughAsync(proxy, o => o.CloseTimeout = TimeSpan.FromMilliseconds(200));
        await broker.PublishAsync([Message("0")], Cancellation);
        var held = new TaskCompletionSource();
        proxy.Rule = (_, direction, _) =>
        {
            if (direction == ProxyDirection.ToServer)
                return ProxyAction.Forward;
            held.TrySetResult();
            return ProxyAction.Drop;
        };
        using var cancellation = new CancellationTokenSource();
        var publishing = broker.PublishAsync([Message("1")], cancellation.Token).AsTask();
        await held.Task;

        await cancellation.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => publishing);
    }

    [Fact(Timeout = Patience)]
    public async Task Dispose_ServerSilent_EndsWithinItsLimit()
    {
        var proxy = await StartProxyAsync();
        var broker = await OpenThroughAsync(proxy, o => o.CloseTimeout = TimeSpan.FromMilliseconds(200));
        await broker.PublishAsync([Message("0")], Cancellation);
        proxy.Rule = (_, _, _) => ProxyAction.Drop;

        await broker.DisposeAsync();

        Log.Lines.ShouldContain(line => line.Id == 5005);
    }
}
