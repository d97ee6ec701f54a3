using Shouldly;
using Xunit;

namespace Protean.Tests;

public sealed class ScenarioMisuseTests
{
    private static readonly OrderPlaced Placed = new("o-1", "b-1", 10);
    private static readonly ShipOrder Ship = new("o-1");

    [Fact]
    public async Task Await_NothingDone_IsRefused()
    {
        await using var test = Bookshop.Create();

        (await Should.ThrowAsync<InvalidOperationException>(async () => await test.Given(Placed).ThenNothing())).Message.ShouldContain("add When(");
    }

    [Fact]
    public async Task Await_NothingExpected_IsRefused()
    {
        await using var test = Bookshop.Create();

        (await Should.ThrowAsync<InvalidOperationException>(async () => await test.Given(Placed).When(Ship))).Message.ShouldContain("could not fail");
    }

    [Fact]
    public async Task Await_Twice_RunsOnce()
    {
        await using var test = Bookshop.Create();
        var scenario = test.Given(Placed).When(Ship).Then(new OrderShipped("o-1", "b-1", 10));

        await scenario;
        await scenario;

        (await test.Domain.Repository<Order>().GetAsync("o-1")).Version.ShouldBe(1);
    }

    [Fact]
    public async Task DisposeAsync_AScenarioWasNeverAwaited_SaysSo()
    {
        var test = Bookshop.Create();
        _ = test.Given(Placed).When(Ship).ThenNothing();

        (await Should.ThrowAsync<InvalidOperationException>(async () => await test.DisposeAsync())).Message.ShouldContain("put await before it");
    }

    [Fact]
    public async Task When_Twice_IsRefused()
    {
        await using var test = Bookshop.Create();

        Should.Throw<InvalidOperationException>(() => test.When(Ship).When(Ship)).Message.ShouldContain("one When");
    }

    [Fact]
    public async Task And_AfterWhen_IsRefused()
    {
        await using var test = Bookshop.Create();

        Should.Throw<InvalidOperationException>(() => test.When(Ship).And(Placed)).Message.ShouldContain("before When(");
    }

    [Fact]
    public async Task Given_AnEventNoAggregateApplies_NamesTheWayOut()
    {
        await using var test = Bookshop.Create();

        var error = await Should.ThrowAsync<InvalidOperationException>(async () => await test.Given(new StockCounted("b-1", 1)).When(Ship).ThenNothing());

        error.Message.ShouldContain("No event-sourced aggregate of domain 'bookshop' applies StockCounted");
    }

    [Fact]
    public async Task Given_EventsOfAStoredAggregate_NamesTheWayOut()
    {
        await using var test = Bookshop.Create();

        var error = await Should.ThrowAsync<InvalidOperationException>(async () => await test.Given<Stock>("b-1", new StockCounted("b-1", 1)).When(Ship).ThenNothing());

        error.Message.ShouldContain("give the aggregate itself");
    }

    [Fact]
    public async Task Given_AnEventOfAnotherAggregate_IsRefused()
    {
        await using var test = Bookshop.Create();

        var error = await Should.ThrowAsync<InvalidOperationException>(async () => await test.Given<Reorder>("b-1", Placed).When(Ship).ThenNothing());

        error.Message.ShouldContain("Reorder has no method 'void Apply(OrderPlaced e)'");
    }

    [Fact]
    public async Task ThenResult_NothingHasAResult_IsRefused()
    {
        await using var test = Bookshop.Create();

        await Should.ThrowAsync<InvalidOperationException>(async () => await test.Given(Placed).When(Ship).ThenResult<object?>(null));
    }

    [Fact]
    public async Task ThenView_TheEngineHasNotRun_IsRefused()
    {
        await using var test = Bookshop.Create();

        var error = await Should.ThrowAsync<InvalidOperationException>(async () => await test.Given(Stock.Count("b-1", 3)).When(new PlaceOrder("o-1", "b-1", 1)).ThenView<StockLevel>("b-1", null));

        error.Message.ShouldContain("add Drained()");
    }
}
