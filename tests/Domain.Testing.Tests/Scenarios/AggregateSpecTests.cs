using Protean.Testing;
using Shouldly;
using Xunit;

namespace Protean.Tests;

public sealed class AggregateSpecTests
{
    private static readonly OrderPlaced Placed = new("o-1", "b-1", 10);
    private static readonly OrderShipped Shipped = new("o-1", "b-1", 10);

    [Fact]
    public void Then_TheSameEvents_Passes() =>
        AggregateSpec.Given<Order>("o-1", Placed).When(o => o.Ship()).Then(Shipped);

    [Fact]
    public void Then_AnotherValue_Fails() =>
        Should.Throw<DomainAssertionException>(() => AggregateSpec.Given<Order>("o-1", Placed).When(o => o.Ship()).Then(Shipped with { Quantity = 11 }));

    [Fact]
    public void Then_AnEventTooFew_Fails() =>
        Should.Throw<DomainAssertionException>(() => AggregateSpec.Given<Order>("o-1", Placed).When(o => o.Ship()).Then());

    [Fact]
    public void Then_AnErrorWasThrown_SurfacesIt()
    {
        var failure = Should.Throw<DomainAssertionException>(() => AggregateSpec.Given<Order>("o-1", Placed, Shipped).When(o => o.Ship()).Then());

        failure.Message.ShouldBe("No error was expected, but Order 'o-1' threw one: ValidationException: Order: an order ships once");
        failure.InnerException.ShouldBeOfType<ValidationException>();
    }

    [Fact]
    public void Then_WithoutWhen_IsRefused() =>
        Should.Throw<InvalidOperationException>(() => AggregateSpec.Given<Order>("o-1", Placed).Then()).Message.ShouldContain("add When(");

    [Fact]
    public void ThenNothing_AnEventWasRaised_Fails() =>
        Should.Throw<DomainAssertionException>(() => AggregateSpec.Given<Order>("o-1", Placed).When(o => o.Ship()).ThenNothing());

    [Fact]
    public void ThenNothing_ARuleWasBroken_PassesSinceNothingWouldBeStored() =>
        AggregateSpec.Given(Stock.Count("b-1", 5)).When(s => s.Withdraw(6)).ThenThrows<ValidationException>("below zero").ThenNothing();

    [Fact]
    public void ThenThrows_TheExpectedError_Passes() =>
        AggregateSpec.Given<Order>("o-1", Placed, Shipped).When(o => o.Ship()).ThenThrows<ValidationException>("ships once").ThenNothing();

    [Fact]
    public void ThenThrows_NoError_Fails() =>
        Should.Throw<DomainAssertionException>(() => AggregateSpec.Given<Order>("o-1", Placed).When(o => o.Ship()).ThenThrows<ValidationException>())
            .Message.ShouldContain("(no error)");

    [Fact]
    public void ThenThrows_AnotherType_Fails() =>
        Should.Throw<DomainAssertionException>(() => AggregateSpec.Given<Order>("o-1", Placed, Shipped).When(o => o.Ship()).ThenThrows<ArgumentException>());

    [Fact]
    public void ThenThrows_AnotherText_Fails() =>
        Should.Throw<DomainAssertionException>(() => AggregateSpec.Given<Order>("o-1", Placed, Shipped).When(o => o.Ship()).ThenThrows<ValidationException>("never"));

    [Fact]
    public void ThenThrows_WithoutWhen_IsRefused() =>
        Should.Throw<InvalidOperationException>(() => AggregateSpec.Given<Order>("o-1", Placed).ThenThrows<ValidationException>());

    [Fact]
    public void ThenState_AfterEvents_ShowsTheFold() =>
        AggregateSpec.Given<Order>("o-1", Placed).When(o => o.Ship()).ThenState(o => o.IsShipped.ShouldBeTrue());

    [Fact]
    public void ThenState_ACheckThatAwaits_IsWaitedFor() =>
        Should.Throw<ShouldAssertException>(() => AggregateSpec.Given<Order>("o-1", Placed).ThenState(async o =>
        {
            await Task.Yield();
            o.IsShipped.ShouldBeTrue();
        }));

    [Fact]
    public void ThenState_AnErrorWasThrown_SurfacesIt() =>
        Should.Throw<DomainAssertionException>(() => AggregateSpec.Given<Order>("o-1", Placed, Shipped).When(o => o.Ship()).ThenState(_ => { }));

    [Fact]
    public void When_AnActionThatAwaits_IsWaitedFor() =>
        AggregateSpec.Given<Order>("o-1", Placed).When(o => o.ShipAsync()).Then(Shipped);

    [Fact]
    public void When_Twice_AddsUp() =>
        AggregateSpec.Given(Stock.Count("b-1", 5)).When(s => s.Withdraw(1)).When(s => s.Withdraw(2))
            .Then(new StockWithdrawn("b-1", 1, 4), new StockWithdrawn("b-1", 2, 2));

    [Fact]
    public void When_AfterAnUnexpectedError_SurfacesIt() =>
        Should.Throw<DomainAssertionException>(() => AggregateSpec.Given<Order>("o-1", Placed, Shipped).When(o => o.Ship()).When(_ => { }));

    [Fact]
    public void When_ANewAggregateIsMade_ItsEventsCount() =>
        AggregateSpec.When(() => Order.Place("o-1", "b-1", 10)).Then(Placed);

    [Fact]
    public void When_MakingFails_TheErrorCanBeExpected() =>
        AggregateSpec.When(() => Order.Place("o-1", "b-1", 0)).ThenThrows<ArgumentOutOfRangeException>("at least one").ThenNothing();

    [Fact]
    public void Given_AnAggregate_ForgetsWhatItRaisedBefore() =>
        AggregateSpec.Given(Stock.Count("b-1", 5)).When(_ => { }).ThenNothing();

    [Fact]
    public void Given_EventsOfAStoredAggregate_IsRefused() =>
        Should.Throw<InvalidOperationException>(() => AggregateSpec.Given<Stock>("b-1", new StockCounted("b-1", 1))).Message.ShouldContain("AggregateSpec.Given(aggregate)");

    [Fact]
    public void Given_EventsThatItDoesNotApply_IsRefused() =>
        Should.Throw<MissingApplyException>(() => AggregateSpec.Given<Order>("o-1", new StockCounted("b-1", 1)));
}
