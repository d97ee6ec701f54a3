using Protean.Benchmarks.Chaos.Deliveries.Running;
using Shouldly;
using Xunit;

namespace Protean.Benchmarks.Chaos.Tests;

public sealed class HoldingsTests
{
    private readonly Holdings _holdings = new();

    [Fact]
    public void Take_PartitionOfAKilledNode_IsATakeover()
    {
        _holdings.Take(1, new("handler", 0, 1));
        _holdings.Kill(1).ShouldBe(1);

        _holdings.Take(2, new("handler", 0, 2));

        _holdings.Takeovers.ShouldBe(1);
    }

    [Fact]
    public void Take_PartitionThatWasGivenBack_IsNone()
    {
        _holdings.Take(1, new("handler", 0, 1));

        _holdings.Take(2, new("handler", 0, 3));

        _holdings.Takeovers.ShouldBe(0);
    }

    [Fact]
    public void Take_PartitionThatAnotherHadAfterTheKilledNode_IsNone()
    {
        _holdings.Take(1, new("handler", 0, 1));
        _holdings.Take(2, new("handler", 0, 3));
        _holdings.Kill(1).ShouldBe(0);

        _holdings.Take(3, new("handler", 0, 5));

        _holdings.Takeovers.ShouldBe(0);
    }

    [Fact]
    public void Take_HeardLate_ChangesNothing()
    {
        _holdings.Take(2, new("handler", 0, 2));

        _holdings.Take(1, new("handler", 0, 1));

        (_holdings.HasAny(1), _holdings.HasAny(2)).ShouldBe((false, true));
    }
}
