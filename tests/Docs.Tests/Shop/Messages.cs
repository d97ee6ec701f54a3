namespace Protean.Docs.Shop;

public sealed record PlaceOrder(string OrderId, string BookId, int Quantity) : ICommand;

public sealed record ShipOrder(string OrderId) : ICommand;

public sealed record CancelOrder(string OrderId) : ICommand;

public sealed record OrderPlaced(string OrderId, string BookId, int Quantity) : IDomainEvent;

public sealed record OrderShipped(string OrderId, string BookId, int Quantity) : IDomainEvent;

public sealed record OrderCancelled(string OrderId) : IDomainEvent;

public sealed record OrderDelayed(string OrderId, string Reason) : IDomainEvent;

public sealed record StockCounted(string BookId, int Quantity) : IDomainEvent;

public sealed record StockWithdrawn(string BookId, int Quantity) : IDomainEvent;
