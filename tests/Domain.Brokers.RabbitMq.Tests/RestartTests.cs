using System.Globalization;
using Protean.Brokers.TestServer;
using Shouldly;
using Xunit;

namespace Protean.Brokers.RabbitMq.Tests;

/// <summary>The server is stopped and started again, in the middle of everything.</summary>
public sealed class RestartTests : RabbitMqTest
{
    private const int Batches = 300;
    private const int BatchSize = 10;
    private const int Count = Batches * BatchSize;

    [Theory(Timeout = 2 * Patience)]
    [InlineData(StopMode.Fast)]
    [InlineData(StopMode.Immediate)]
    public async Task Server_StoppedOrKilledAndStarted_LosesNothingThatWasConfirmedAndKeepsTheOrder(StopMode stop)
    {
        // One of its own: what other tests have declared just now would not outlive a kill.
        var server = Opened(await RabbitMqServer.StartAsync(cancellationToken: Cancellation));
        var (publisher, reader) = (await OpenAsync(server), await OpenAsync(server));
        await reader.DeclareAsync(Group(), Cancellation);
        await server.WaitUntilNotedAsync([$"{Group().Name}.0", $"{Group().Name}.dead"], Cancellation);
        var halfway = new TaskCompletionSource();
        var back = new TaskCompletionSource();

        var publishing = PublishAllAsync(publisher, halfway, back.Task);
        var consuming = ConsumeAllAsync(reader);
        await halfway.Task;
        await server.StopAsync(stop, Cancellation);
        await server.StartAgainAsync(Cancellation);
        back.SetResult();

        (await publishing).ShouldBeGreaterThan(0, "the server was away while nothing was published");
        (await consuming).Distinct().ShouldBe(Enumerable.Range(0, Count));
        Log.Lines.ShouldContain(line => line.Id == 5002);
    }

    private Task<RabbitMqBroker> OpenAsync(RabbitMqServer server) => OpenAsync(options => options.Uri = server.Uri);

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
