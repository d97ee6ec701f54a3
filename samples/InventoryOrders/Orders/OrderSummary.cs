namespace InventoryOrders.Orders;

/// <summary>An order as a list shows it.</summary>
public sealed record OrderSummary(string OrderId, string BookId, int Quantity, OrderStatus Status, string? CancelledBecause = null);
