using InventoryOrders.Orders;
using Protean;
using Protean.Testing;
using Shouldly;
using Xunit;

namespace InventoryOrders.Tests.Orders;

public sealed class OrderTests
{
    private static readonly OrderPlaced Placed = new("o-1", "dune", 10);

    [Fact]
    public void Place_SomeCopies_IsPlaced() =>
        AggregateSpec.When(() => Order.Place("o-1", "dune", 10))
            .Then(Placed)
            .ThenState(order => (order.BookId, order.Quantity, order.Status).ShouldBe(("dune", 10, OrderStatus.Placed)));

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Place_NoCopies_IsRefused(int quantity) =>
        AggregateSpec.When(() => Order.Place("o-1", "dune", quantity)).ThenThrows<ValidationException>("one copy at least");

    [Fact]
    public void Ship_APlacedOrder_Ships() =>
        AggregateSpec.Given<Order>("o-1", Placed)
            .When(order => order.Ship())
            .Then(new OrderShipped("o-1", "dune", 10))
            .ThenState(order => order.Status.ShouldBe(OrderStatus.Shipped));

    [Fact]
    public void Ship_AShippedOrder_IsRefused() =>
        AggregateSpec.Given<Order>("o-1", Placed, new OrderShipped("o-1", "dune", 10))
            .When(order => order.Ship())
            .ThenThrows<ValidationException>("only a placed order can ship, and this one is shipped already");

    [Fact]
    public void Ship_ACancelledOrder_IsRefused() =>
        AggregateSpec.Given<Order>("o-1", Placed, new OrderCancelled("o-1", "dune", 10, "too slow"))
            .When(order => order.Ship())
            .ThenThrows<ValidationException>("only a placed order can ship, and this one is cancelled");

    [Fact]
    public void Cancel_APlacedOrder_SaysWhatIsReleased() =>
        AggregateSpec.Given<Order>("o-1", Placed)
            .When(order => order.Cancel("too slow"))
            .Then(new OrderCancelled("o-1", "dune", 10, "too slow"))
            .ThenState(order => order.Status.ShouldBe(OrderStatus.Cancelled));

    [Fact]
    public void Cancel_AShippedOrder_IsRefused() =>
        AggregateSpec.Given<Order>("o-1", Placed, new OrderShipped("o-1", "dune", 10))
            .When(order => order.Cancel("too late"))
            .ThenThrows<ValidationException>("only a placed order can be cancelled, and this one is shipped already");
}
