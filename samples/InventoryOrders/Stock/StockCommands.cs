using Protean;

namespace InventoryOrders.Stock;

/// <summary>Says how many copies of a book are on the shelf. The first count makes the book known.</summary>
public sealed record CountStock([TargetId] string BookId, int Quantity, int ReorderBelow = 0) : ICommand;

public sealed record Restock(string BookId, int Quantity) : ICommand;

/// <summary>Takes out copies that nobody ordered: damaged ones, or one for the window.</summary>
public sealed record WithdrawStock(string BookId, int Quantity) : ICommand;

public sealed record NameSupplier(string BookId, string Supplier) : ICommand;
