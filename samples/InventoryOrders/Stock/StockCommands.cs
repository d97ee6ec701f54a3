using System.ComponentModel.DataAnnotations;
using Protean;

namespace InventoryOrders.Stock;

/// <summary>Says how many copies of a book are on the shelf. The first count makes the book known.</summary>
public sealed record CountStock(
    [TargetId, Required, ShopId] string BookId, [Range(0, Shop.MostCopies)] int Quantity, [Range(0, Shop.MostCopies)] int ReorderBelow = 0) : ICommand;

public sealed record Restock([Required, ShopId] string BookId, [Range(1, Shop.MostCopies)] int Quantity) : ICommand;

/// <summary>Takes out copies that nobody ordered: damaged ones, or one for the window.</summary>
public sealed record WithdrawStock([Required, ShopId] string BookId, [Range(1, Shop.MostCopies)] int Quantity) : ICommand;

public sealed record NameSupplier([Required, ShopId] string BookId, [Required, StringLength(200)] string Supplier) : ICommand;
