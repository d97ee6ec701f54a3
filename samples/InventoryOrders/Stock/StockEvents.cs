using Protean;

namespace InventoryOrders.Stock;

public sealed record StockCounted(string BookId, int Quantity, int ReorderBelow) : IDomainEvent;

public sealed record StockReserved(string BookId, string OrderId, int Quantity) : IDomainEvent;

public sealed record ReservationReleased(string BookId, string OrderId, int Quantity) : IDomainEvent;

public sealed record StockWithdrawn(string BookId, int Quantity) : IDomainEvent;

public sealed record StockRestocked(string BookId, int Quantity) : IDomainEvent;

public sealed record SupplierNamed(string BookId, string Supplier) : IDomainEvent;

public sealed record StockAlertRaised(string BookId, string Reason) : IDomainEvent;

public sealed record StockAlertCleared(string BookId) : IDomainEvent;

/// <summary>For the supplier, and whoever else is outside: it waits in the log, beside the events, for whoever takes it there.</summary>
public sealed record ReorderRequested(string BookId, string Supplier, int Quantity) : INotificationEvent;
