namespace InventoryOrders.Stock;

/// <summary>The copies of a book as a shop window shows them.</summary>
public sealed record StockLevel(string BookId, int InStock, int Reserved, string? Alert = null)
{
    public int Available => InStock - Reserved;
}
