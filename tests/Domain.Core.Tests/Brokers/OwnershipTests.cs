using Protean.Brokers;
using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.Tests.Brokers;

/// <summary>A domain closes what is its own.</summary>
public sealed class OwnershipTests
{
    private static readonly BrokerMessage _message = new() { Id = "1", Topic = "shop.paid", Key = "k", Body = default };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Broker_OfTheDomain_IsDisposedWithIt()
    {
        var broker = new InMemoryBroker();
        await using (Domain.Create("shop", domain => domain.UseInMemory().UseBroker(_ => broker)))
            await broker.PublishAsync([_message], Cancellation);

        await Should.ThrowAsync<ObjectDisposedException>(async () => await broker.PublishAsync([_message], Cancellation));
    }

    [Fact]
    public async Task Broker_ThatIsShared_OutlivesTheDomain()
    {
        await using var broker = new InMemoryBroker();
        await using (Domain.Create("shop", domain => domain.UseInMemory().UseInMemoryBroker(broker)))
        {
        }

        (await broker.PublishAsync([_message], Cancellation)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Scenario_M89_BrokerThatCannotBeClosed_IsReported_AndTheStoreIsClosed()
    {
        var store = new InMemoryEventStore();
        var domain = Domain.Create("shop", builder => builder.UseStore(_ => store).UseBroker(_ => new StuckBroker()));

        (await Should.ThrowAsync<InvalidOperationException>(async () => await domain.DisposeAsync())).Message.ShouldBe("It cannot be closed.");

        await Should.ThrowAsync<ObjectDisposedException>(async () => await store.GetHeadAsync(Cancellation));
    }

    private sealed class StuckBroker : IBroker
    {
        public string Name => "The stuck broker";

        public bool ReachesOtherProcesses => false;

        public ValueTask DeclareAsync(BrokerGroup group, CancellationToken cancellationToken = default) => default;

        public ValueTask<IReadOnlyList<PublishRefusal>> PublishAsync(IReadOnlyList<BrokerMessage> messages, CancellationToken cancellationToken = default) => new([]);

        public ValueTask<IBrokerConsumer> ConsumeAsync(BrokerGroup group, int partition, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public ValueTask DisposeAsync() => throw new InvalidOperationException("It cannot be closed.");
    }
}
