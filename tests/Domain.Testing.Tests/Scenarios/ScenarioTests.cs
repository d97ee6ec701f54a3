using Protean.Testing;
using Shouldly;
using Xunit;

namespace Protean.Tests;

public sealed class ScenarioTests
{
    private static readonly OrderPlaced Placed = new("o-1", "b-1", 10);
    private static readonly OrderShipped Shipped = new("o-1", "b-1", 10);
    private static readonly PlaceOrder Place = new("o-1", "b-1", 10);
    private static readonly ShipOrder Ship = new("o-1");

    [Fact]
    public async Task Then_TheSameEvents_Passes()
    {
        await using var test = Bookshop.Create();

        await test.Given(Placed).When(Ship).Then(Shipped);
    }

    [Fact]
    public async Task Then_OtherEvents_Fails()
    {
        await using var test = Bookshop.Create();

        await Should.ThrowAsync<DomainAssertionException>(async () => await test.Given(Placed).When(Ship).Then(Placed));
    }

    [Fact]
    public async Task Then_NotDrained_LeavesTheHandlersOfTheEngineOut()
    {
        await using var test = Bookshop.Create();

        await test.Given(Placed).And(Stock.Count("b-1", 100)).When(Ship).Then(Shipped);
    }

    [Fact]
    public async Task Then_Drained_ShowsWhatFollows()
    {
        await using var test = Bookshop.Create();

        await test.Given(Placed).And(Stock.Count("b-1", 100)).When(Ship).Drained().Then(Shipped, new StockWithdrawn("b-1", 10, 90));
    }

    [Fact]
    public async Task Drained_WhatFollowsFromWhatWasGiven_IsPast()
    {
        await using var test = Bookshop.Create();

        await test.Given(Stock.Count("b-1", 100)).And(Placed, Shipped).When(new PlaceOrder("o-2", "b-1", 1)).Drained()
            .Then(new OrderPlaced("o-2", "b-1", 1))
            .ThenView("b-1", new StockLevel("b-1", 90));
    }

    [Fact]
    public async Task Drained_AHandlerFails_SurfacesIt()
    {
        await using var test = Bookshop.Create();

        var failure = await Should.ThrowAsync<DomainAssertionException>(async () => await test.Given(Placed).When(Ship).Drained().Then(Shipped));

        failure.Message.ShouldContain("bookshop::withdraw failed on Bookshop.OrderShipped.v1 in bookshop::order-o-1: AggregateNotFoundException");
        failure.InnerException.ShouldBeOfType<AggregateNotFoundException>();
    }

    [Fact]
    public async Task ThenFails_TheExpectedFailure_Passes()
    {
        await using var test = Bookshop.Create();

        await test.Given(Placed).When(Ship).Drained().Then(Shipped).ThenFails<AggregateNotFoundException>("b-1");
    }

    [Fact]
    public async Task ThenFails_NoHandlerFails_Fails()
    {
        await using var test = Bookshop.Create();

        var failure = await Should.ThrowAsync<DomainAssertionException>(async () => await test.When(Place).Drained().ThenFails<AggregateNotFoundException>());

        failure.Message.ShouldContain("(no failure)");
    }

    [Fact]
    public async Task ThenFails_AnotherFailure_SurfacesThatOne()
    {
        await using var test = Bookshop.Create();

        await Should.ThrowAsync<DomainAssertionException>(async () => await test.Given(Placed).When(Ship).Drained().ThenFails<ValidationException>());
    }

    [Fact]
    public async Task Given_AnIdAndEvents_StoresThemForThatAggregate()
    {
        await using var test = Bookshop.Create();

        await test.Given<Order>("o-7", Placed).When(new ShipOrder("o-7")).Then(new OrderShipped("o-7", "b-1", 10));
    }

    [Fact]
    public async Task Given_AnAggregateAndARepository_FindsIt()
    {
        await using var test = Bookshop.Create();

        await test.Given(Stock.Count("b-1", 3)).When(async domain =>
        {
            var stock = await domain.Repository<Stock>().GetAsync("b-1");
            stock.Withdraw(1);
            await domain.Repository<Stock>().SaveAsync(stock);
        }).Then(new StockWithdrawn("b-1", 1, 2));
    }

    [Fact]
    public async Task Given_EventsAndAnInlineProjection_TheProjectionHasSeenThem()
    {
        await using var test = TestDomain.Create("bookshop", domain =>
        {
            domain.EventProcessing = EventProcessing.Inline;
            domain.Aggregate<Order>();
            domain.CommandHandler<Order>().On<ShipOrder>(c => c.OrderId, (order, _) => order.Ship());
            domain.Projection<StockLevel>().From<Order>().On<OrderPlaced>(e => e.BookId, (view, e) => view with { Left = e.Quantity });
        });

        await test.Given(Placed).When(Ship).ThenView("b-1", new StockLevel("b-1", 10));
    }

    [Fact]
    public async Task ThenNothing_NothingHappens_Passes()
    {
        await using var test = Bookshop.Create();

        await test.Given(Placed).When(_ => Task.CompletedTask).ThenNothing();
    }

    [Fact]
    public async Task ThenNothing_AnEventIsRaised_Fails()
    {
        await using var test = Bookshop.Create();

        await Should.ThrowAsync<DomainAssertionException>(async () => await test.Given(Placed).When(Ship).ThenNothing());
    }

    [Fact]
    public async Task ThenThrows_TheExpectedError_Passes()
    {
        await using var test = Bookshop.Create();

        await test.Given(Placed, Shipped).When(Ship).ThenThrows<ValidationException>("ships once").ThenNothing();
    }

    [Fact]
    public async Task ThenThrows_NoError_Fails()
    {
        await using var test = Bookshop.Create();

        await Should.ThrowAsync<DomainAssertionException>(async () => await test.Given(Placed).When(Ship).ThenThrows<ValidationException>());
    }

    [Fact]
    public async Task Then_AnErrorNobodyExpected_SurfacesWithItsCause()
    {
        await using var test = Bookshop.Create();

        var failure = await Should.ThrowAsync<DomainAssertionException>(async () => await test.When(Ship).Then());

        failure.Message.ShouldBe("No error was expected, but there is one: AggregateNotFoundException: There is no Order with id 'o-1'.");
        failure.InnerException.ShouldBeOfType<AggregateNotFoundException>();
    }

    [Fact]
    public async Task ThenResult_AnEqualResult_Passes()
    {
        await using var test = Bookshop.Create();

        await test.When(Place).ThenResult(new Receipt("o-1", 95m));
    }

    [Fact]
    public async Task ThenResult_AnotherResult_Fails()
    {
        await using var test = Bookshop.Create();

        await Should.ThrowAsync<DomainAssertionException>(async () => await test.When(Place).ThenResult(new Receipt("o-1", 94m)));
    }

    [Fact]
    public async Task ThenResult_OfAFunction_IsItsValue()
    {
        await using var test = Bookshop.Create();

        await test.Given(Placed).When(async domain => (await domain.Repository<Order>().GetAsync("o-1")).Quantity).ThenResult(10);
    }

    [Fact]
    public async Task ThenState_TheAggregateIsThere_IsGivenIt()
    {
        await using var test = Bookshop.Create();
        Order? seen = null;

        await test.Given(Placed).When(Ship).ThenState<Order>("o-1", order => seen = order);

        seen!.IsShipped.ShouldBeTrue();
    }

    [Fact]
    public async Task ThenState_ACheckThatAwaits_IsWaitedFor()
    {
        await using var test = Bookshop.Create();

        await Should.ThrowAsync<NotSupportedException>(async () => await test.Given(Placed).When(Ship).ThenState<Order>("o-1", async _ =>
        {
            await Task.Yield();
            throw new NotSupportedException();
        }));
    }

    [Fact]
    public async Task ThenState_NoSuchAggregate_Fails()
    {
        await using var test = Bookshop.Create();

        var failure = await Should.ThrowAsync<DomainAssertionException>(async () => await test.Given(Placed).When(Ship).ThenState<Order>("o-2", _ => { }));

        failure.Message.ShouldBe("Order 'o-2' was expected, and there is none.");
    }

    [Fact]
    public async Task ThenView_AnotherDocument_Fails()
    {
        await using var test = Bookshop.Create();

        await Should.ThrowAsync<DomainAssertionException>(async () =>
            await test.Given(Stock.Count("b-1", 3)).When(Place).Drained().ThenView("b-1", new StockLevel("b-1", 4)));
    }

    [Fact]
    public async Task ThenView_NoDocumentExpectedAndThereIsOne_Fails()
    {
        await using var test = Bookshop.Create();

        await Should.ThrowAsync<DomainAssertionException>(async () =>
            await test.Given(Stock.Count("b-1", 3)).When(Place).Drained().ThenView<StockLevel>("b-1", null));
    }
}
