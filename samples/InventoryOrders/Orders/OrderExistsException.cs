using Protean;

namespace InventoryOrders.Orders;

/// <summary>An order with this id was placed already.</summary>
public sealed class OrderExistsException(string orderId) : ProteanException($"Order '{orderId}' was placed already: give each order an id of its own.");
