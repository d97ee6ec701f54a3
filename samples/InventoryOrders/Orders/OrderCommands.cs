using Protean;

namespace InventoryOrders.Orders;

/// <summary>Orders copies of a book. They are reserved in the same commit, or the order is refused.</summary>
public sealed record PlaceOrder(string OrderId, string BookId, int Quantity) : ICommand;

public sealed record ShipOrder(string OrderId) : ICommand;

public sealed record CancelOrder(string OrderId, string Reason) : ICommand;
