using InventoryOrders.Stock;
using Protean;
using Protean.Testing;
using Shouldly;
using Xunit;

namespace InventoryOrders.Tests.Stock;

public sealed class InventoryTests
{
    [Fact]
    public void Count_OfAShelf_IsWhatIsInStock() =>
        AggregateSpec.Given(Inventory.Of("dune"))
            .When(inventory => inventory.Count(100, 20))
            .Then(new StockCounted("dune", 100, 20))
            .ThenState(inventory => (inventory.InStock, inventory.Available).ShouldBe((100, 100)));

    [Fact]
    public void Count_BelowZero_SaysAllThatIsWrong() =>
        AggregateSpec.Given(Inventory.Of("dune"))
            .When(inventory => inventory.Count(-1, -1))
            .ThenThrows<ValidationException>($"fewer than no copies{Environment.NewLine}Inventory: the mark to reorder below");

    [Fact]
    public void Count_OfFewerThanAreReserved_IsRefused() =>
        AggregateSpec.Given(InStock(100, reserved: 10))
            .When(inventory => inventory.Count(9, 0))
            .ThenThrows<ValidationException>("what is reserved has to be in stock");

    [Fact]
    public void Reserve_WhatIsLeft_LeavesNothing() =>
        AggregateSpec.Given(InStock(10))
            .When(inventory => inventory.Reserve("o-1", 10))
            .Then(new StockReserved("dune", "o-1", 10))
            .ThenState(inventory => (inventory.InStock, inventory.Available).ShouldBe((10, 0)));

    [Fact]
    public void Reserve_WhatIsPromisedToOthers_IsRefused() =>
        AggregateSpec.Given(InStock(10, reserved: 8))
            .When(inventory => inventory.Reserve("o-2", 3))
            .ThenThrows<ValidationException>("3 copies of 'dune' were asked for, and 2 are left");

    [Fact]
    public void Release_WhatWasReserved_MakesItAvailable() =>
        AggregateSpec.Given(InStock(10, reserved: 8))
            .When(inventory => inventory.Release("o-1", 8))
            .Then(new ReservationReleased("dune", "o-1", 8))
            .ThenState(inventory => inventory.Available.ShouldBe(10));

    [Fact]
    public void Release_WhatWasNotReserved_IsRefused() =>
        AggregateSpec.Given(InStock(10)).When(inventory => inventory.Release("o-1", 1)).ThenThrows<ValidationException>("what is reserved");

    [Fact]
    public void Withdraw_WhatIsThere_LowersTheStock() =>
        AggregateSpec.Given(InStock(100))
            .When(inventory => inventory.Withdraw(10))
            .Then(new StockWithdrawn("dune", 10))
            .ThenState(inventory => inventory.InStock.ShouldBe(90));

    [Fact]
    public void Withdraw_MoreThanIsThere_IsRefused() =>
        AggregateSpec.Given(InStock(5)).When(inventory => inventory.Withdraw(6)).ThenThrows<ValidationException>("stock cannot go below zero");

    [Fact]
    public void Withdraw_WhatIsPromised_IsRefused() =>
        AggregateSpec.Given(InStock(5, reserved: 5)).When(inventory => inventory.Withdraw(1)).ThenThrows<ValidationException>("what is reserved has to be in stock");

    [Fact]
    public void Restock_WhatWasReordered_IsNoLongerOnItsWay() =>
        AggregateSpec.Given(Low("Ace"))
            .When(inventory =>
            {
                inventory.ReorderIfLow();
                inventory.Restock(15);
            })
            .Then(new ReorderRequested("dune", "Ace", 15), new StockRestocked("dune", 15))
            .ThenState(inventory => (inventory.InStock, inventory.OnOrder).ShouldBe((20, 0)));

    [Fact]
    public void Restock_Nothing_IsRefused() =>
        AggregateSpec.Given(InStock(5)).When(inventory => inventory.Restock(0)).ThenThrows<ValidationException>("one copy at least");

    [Fact]
    public void NameSupplier_WithoutAName_IsRefused() =>
        AggregateSpec.Given(InStock(5)).When(inventory => inventory.NameSupplier(" ")).ThenThrows<ValidationException>("a supplier has a name");

    [Fact]
    public void ReorderIfLow_BelowTheMark_OrdersUpToTwiceTheMark() =>
        AggregateSpec.Given(Low("Ace"))
            .When(inventory => inventory.ReorderIfLow())
            .Then(new ReorderRequested("dune", "Ace", 15))
            .ThenState(inventory => inventory.OnOrder.ShouldBe(15));

    [Fact]
    public void ReorderIfLow_WhenEnoughIsOnItsWay_OrdersOnce() =>
        AggregateSpec.Given(Low("Ace"))
            .When(inventory =>
            {
                inventory.ReorderIfLow();
                inventory.ReorderIfLow();
            })
            .Then(new ReorderRequested("dune", "Ace", 15));

    [Fact]
    public void ReorderIfLow_AtTheMark_DoesNothing() =>
        AggregateSpec.Given(InStock(10, reorderBelow: 10)).When(inventory => inventory.ReorderIfLow()).ThenNothing();

    [Fact]
    public void ReorderIfLow_WithoutASupplier_IsRefused() =>
        AggregateSpec.Given(Low()).When(inventory => inventory.ReorderIfLow()).ThenThrows<ValidationException>("'dune' is low, and no supplier is known for it");

    [Fact]
    public void RaiseAlert_WhileOneStands_IsSaidOnce() =>
        AggregateSpec.Given(Low())
            .When(inventory =>
            {
                inventory.RaiseAlert("no supplier");
                inventory.RaiseAlert("still no supplier");
            })
            .Then(new StockAlertRaised("dune", "no supplier"));

    [Fact]
    public void ReorderIfLow_AfterAnAlert_ClearsIt() =>
        AggregateSpec.Given(Low())
            .When(inventory =>
            {
                inventory.RaiseAlert("no supplier");
                inventory.NameSupplier("Ace");
                inventory.ReorderIfLow();
            })
            .Then(new StockAlertRaised("dune", "no supplier"), new SupplierNamed("dune", "Ace"), new ReorderRequested("dune", "Ace", 15), new StockAlertCleared("dune"))
            .ThenState(inventory => inventory.Alert.ShouldBeNull());

    private static Inventory InStock(int quantity, int reserved = 0, int reorderBelow = 0)
    {
        var inventory = Inventory.Of("dune");
        inventory.Count(quantity, reorderBelow);
        if (reserved > 0)
            inventory.Reserve("o-1", reserved);
        return inventory;
    }

    private static Inventory Low(string? supplier = null)
    {
        var inventory = InStock(5, reorderBelow: 10);
        if (supplier is not null)
            inventory.NameSupplier(supplier);
        return inventory;
    }
}
