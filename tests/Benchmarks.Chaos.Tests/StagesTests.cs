using Protean.Benchmarks.Chaos.Running;
using Shouldly;
using Xunit;

namespace Protean.Benchmarks.Chaos.Tests;

public sealed class StagesTests
{
    [Theory]
    [InlineData(4, 0)]
    [InlineData(5, 1)]
    [InlineData(16, 2)]
    [InlineData(50, 6)]
    public void Plan_ServerOfItsOwn_RestartsItNowAndThen(int kills, int restarts)
    {
        var plan = Stages.Plan(kills, restarts: true, new(1));

        plan.Count.ShouldBe(kills);
        plan.Count(IsRestart).ShouldBe(restarts);
    }

    [Fact]
    public void Plan_StoreThatCannotBeRestarted_NeverRestartsIt() =>
        Stages.Plan(50, restarts: false, new(1)).Where(IsRestart).ShouldBeEmpty();

    [Fact]
    public void Plan_SameSeed_IsTheSame() =>
        Stages.Plan(50, restarts: true, new(3)).ShouldBe(Stages.Plan(50, restarts: true, new(3)));

    private static bool IsRestart(Stage stage) => stage is Stage.Outage or Stage.Recovery;
}
