using Protean;

namespace InventoryOrders.Orders;

public sealed record OrderPlaced(string OrderId, string BookId, int Quantity) : IDomainEvent;

public sealed record OrderShipped(string OrderId, string BookId, int Quantity) : IDomainEvent;

public sealed record OrderCancelled(string OrderId, string BookId, int Quantity, string Reason) : IDomainEvent;
