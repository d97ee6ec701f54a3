using System.ComponentModel.DataAnnotations;
using Protean;

namespace InventoryOrders.Orders;

/// <summary>Orders copies of a book. They are reserved in the same commit, or the order is refused.</summary>
public sealed record PlaceOrder([Required, ShopId] string OrderId, [Required, ShopId] string BookId, [Range(1, Shop.MostCopies)] int Quantity) : ICommand;

public sealed record ShipOrder([Required, ShopId] string OrderId) : ICommand;

public sealed record CancelOrder([Required, ShopId] string OrderId, [Required, StringLength(200)] string Reason) : ICommand;
