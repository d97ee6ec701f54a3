using Protean.Brokers.Conformance;
using Protean.Brokers.TestServer;
using Xunit;

namespace Protean.Brokers.RabbitMq.Tests;

/// <summary>RabbitMQ keeps what every broker does.</summary>
[Collection(OneServer.Name)]
public sealed class RabbitMqBrokerConformanceTests : BrokerConformance
{
    protected override async ValueTask<IBroker> OpenAsync() => new RabbitMqBroker(new() { Uri = await TestRabbitMq.Shared.UriAsync(Cancellation) });

    /// <summary>A dead letter is confirmed in its queue before it counts, so that it gets there a moment after it was rejected.</summary>
    protected override async ValueTask<int> CountDeadLettersAsync(IBroker broker, string group)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        int count;
        while ((count = await ((RabbitMqBroker)broker).CountDeadLettersAsync(group, Cancellation)) == 0)
            await timer.WaitForNextTickAsync(Cancellation);
        return count;
    }

    /// <summary>The connection goes with its broker, and the consumer hears of it only from there.</summary>
    protected override ValueTask CutAsync(IBroker broker, IBrokerConsumer consumer) => broker.DisposeAsync();
}
