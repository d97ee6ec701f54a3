using InventoryOrders.Orders;
using InventoryOrders.Stock;
using Protean;

namespace InventoryOrders;

/// <summary>A book shop: what it has in stock, and what was ordered. The host chooses where it is kept.</summary>
public static class Shop
{
    /// <summary>The name of the domain, which its categories and types begin with.</summary>
    public const string Name = "inventory-orders";

    /// <summary>More copies than any order, delivery or shelf holds. Whoever writes more has mistyped.</summary>
    public const int MostCopies = 1_000_000;

    /// <summary>Declares the whole domain, the same for every program and every test.</summary>
    public static void Declare(DomainBuilder domain) => domain.AddStock().AddOrders();
}
