using System.Globalization;
using Protean.Brokers.TestServer;
using Protean.EventStore.TestServer;
using Shouldly;
using Xunit;

namespace Protean.Brokers.RabbitMq.Tests;

/// <summary>The server is stopped and started again, in the middle of everything.</summary>
public sealed class RestartTests : RabbitMqTest
{
    private const int Batches = 300;
    private const int BatchSize = 10;
    private const int Count = Batches * BatchSize;

    [Fact(Timeout = 2 * Patience)]
    public async Task Server_StoppedAndStarted_LosesNothingThatWasConfirmedAndKeepsTheOrder()
    {
        var server = await TestRabbitMq.Shared.PrivateAsync(Cancellation);
        var proxy = Opened(TcpProxy.Start(server.Port));
        var (publisher, reader) = (await OpenThroughAsync(server, proxy), await OpenThroughAsync(server, proxy));
        await reader.DeclareAsync(Group(), Cancellation);
        var halfway = new TaskCompletionSource();
        var back = new TaskCompletionSource();

        var publishing = PublishAllAsync(publisher, halfway, back.Task);
        var consuming = ConsumeAllAsync(reader);
        await halfway.Task;
        var elections = Elections(server);
        await server.StopAsync(cancellationToken: Cancellation);
        proxy.Refuse = true;
        await server.StartAgainAsync(Cancellation);
        // RabbitMQ 3.10 on one node may never elect a leader of a queue that is called before it has one.
        await UntilAsync(() => Task.FromResult(Elections(server) > elections));
        proxy.Refuse = false;
        back.SetResult();

        (await publishing).ShouldBeGreaterThan(0, "the server was away while nothing was published");
        (await consuming).Distinct().ShouldBe(Enumerable.Range(0, Count));
        Log.Lines.ShouldContain(line => line.Id == 5002);
    }

    private int Elections(RabbitMqServer server) =>
        server.Log.Split('\n').Count(line => line.Contains($"queue '{Group().Name}.0' in vhost '/': candidate -> leader", StringComparison.Ordinal));

    private Task<RabbitMqBroker> OpenThroughAsync(RabbitMqServer server, TcpProxy proxy) =>
        OpenAsync(options => options.Uri = new UriBuilder(server.Uri) { Port = proxy.Port }.Uri.OriginalString);

    /// <summary>Publishes each batch until it is confirmed.</summary>
    /// <returns>How often one was not.</returns>
    private async Task<int> PublishAllAsync(RabbitMqBroker broker, TaskCompletionSource halfway, Task back)
    {
        var failures = 0;
        for (var batch = 0; batch < Batches;)
        {
            if (batch == Batches / 2)
                halfway.TrySetResult();
            try
            {
                (await broker.PublishAsync([.. Enumerable.Range(batch * BatchSize, BatchSize).Select(i => Message($"{i}"))], Cancellation)).ShouldBeEmpty();
                // The second half waits for the server to go, or it could go after the last batch.
                batch += batch == Batches / 2 && failures == 0 ? 0 : 1;
            }
            catch (BrokerUnavailableException)
            {
                failures++;
                await back.WaitAsync(Cancellation);
            }
        }

        return failures;
    }

    /// <summary>Takes messages until the last has come, with a new consumer whenever one is lost.</summary>
    private async Task<List<int>> ConsumeAllAsync(RabbitMqBroker broker)
    {
        List<int> got = [];
        while (got.Count == 0 || got[^1] != Count - 1)
        {
            try
            {
                await using var consumer = await broker.ConsumeAsync(Group() with { Prefetch = 50 }, 0, Cancellation);
                while (got.Count == 0 || got[^1] != Count - 1)
                {
                    var received = await consumer.ReceiveAsync(20, Cancellation);
                    await consumer.AcknowledgeAsync(received, Cancellation);
                    got.AddRange(received.Select(d => int.Parse(d.Message.Id, CultureInfo.InvariantCulture)));
                }
            }
            catch (BrokerUnavailableException)
            {
                await UntilAsync(async () => await AnswersAsync(broker));
            }
        }

        return got;
    }

    private async Task<bool> AnswersAsync(RabbitMqBroker broker)
    {
        try
        {
            await broker.DeclareAsync(Group(), Cancellation);
            return true;
        }
        catch (BrokerUnavailableException)
        {
            return false;
        }
    }
}
