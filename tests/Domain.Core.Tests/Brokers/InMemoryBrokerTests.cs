using Protean.Brokers;
using Protean.Brokers.Conformance;
using Shouldly;
using Xunit;

namespace Protean.Tests.Brokers;

/// <summary>The broker within the process keeps what every broker does.</summary>
public sealed class InMemoryBrokerTests : BrokerConformance
{
    private readonly InMemoryBroker _broker = new();

    protected override ValueTask<IBroker> OpenAsync() => new(_broker);

    protected override ValueTask<int> CountDeadLettersAsync(IBroker broker, string group) => new(_broker.DeadLettersOf(group).Count);

    [Fact]
    public void DeadLetters_OfAGroupThatIsNotThere_AreRefusedByName() =>
        Should.Throw<ArgumentException>(() => _broker.DeadLettersOf("nobody")).Message.ShouldContain("has no group 'nobody': is that its name?");
}

/// <summary>What groups, topics and keys are.</summary>
public sealed class BrokerGroupTests
{
    [Theory]
    [InlineData("")]
    [InlineData("paid")]
    [InlineData(".paid")]
    [InlineData("shop.")]
    [InlineData("shop.Paid")]
    [InlineData("shop.*.paid")]
    [InlineData("*.*")]
    public void Topic_ThatIsNone_IsRefusedByName(string topic) =>
        Should.Throw<ArgumentException>(() => new BrokerGroup { Name = "g", Topics = [topic] }).Message.ShouldContain($"'{topic}' cannot be a topic");

    [Theory]
    [InlineData("a", 14)]
    [InlineData("order-1", 6)]
    [InlineData("ü", 3)]
    public void Slot_OfAKey_IsTheSameInEveryProgramAndVersion(string key, int slot)
    {
        BrokerGroup.SlotOf(key).ShouldBe(slot);
        new BrokerGroup { Name = "g", Topics = ["shop.paid"], Partitions = 3 }.PartitionOf(key).ShouldBe(slot % 3);
    }
}
