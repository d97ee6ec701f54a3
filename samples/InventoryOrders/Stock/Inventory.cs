using Protean;

namespace InventoryOrders.Stock;

/// <summary>The copies of one book. Its state is stored, and its events are recorded beside it.</summary>
public sealed class Inventory : Aggregate
{
    public int InStock { get; private set; }

    /// <summary>How many copies are promised to orders that have not shipped.</summary>
    public int Reserved { get; private set; }

    public int Available => InStock - Reserved;

    /// <summary>Below this many copies the book is ordered from its supplier; 0 is never.</summary>
    public int ReorderBelow { get; private set; }

    public string? Supplier { get; private set; }

    /// <summary>How many copies the supplier is to send.</summary>
    public int OnOrder { get; private set; }

    /// <summary>What somebody has to look after.</summary>
    public string? Alert { get; private set; }

    public static Inventory Of(string bookId) => new() { Id = bookId };

    /// <summary>Somebody has been to the shelf and counted.</summary>
    public void Count(int quantity, int reorderBelow)
    {
        EnsureAll((quantity >= 0, "nobody counts fewer than no copies"), (reorderBelow >= 0, "the mark to reorder below is 0 or more"));
        (InStock, ReorderBelow) = (quantity, reorderBelow);
        Raise(new StockCounted(Id, quantity, reorderBelow));
    }

    public void Reserve(string orderId, int quantity)
    {
        Ensure(quantity <= Available, $"{quantity} copies of '{Id}' were asked for, and {Available} are left");
        Reserved += quantity;
        Raise(new StockReserved(Id, orderId, quantity));
    }

    public void Release(string orderId, int quantity)
    {
        Reserved -= quantity;
        Raise(new ReservationReleased(Id, orderId, quantity));
    }

    /// <summary>Copies have left the shop: sold, damaged, given away.</summary>
    public void Withdraw(int quantity)
    {
        InStock -= quantity;
        Raise(new StockWithdrawn(Id, quantity));
    }

    public void Restock(int quantity)
    {
        Ensure(quantity > 0, "a delivery brings one copy at least");
        InStock += quantity;
        OnOrder = Math.Max(0, OnOrder - quantity);
        Raise(new StockRestocked(Id, quantity));
    }

    public void NameSupplier(string supplier)
    {
        Ensure(!string.IsNullOrWhiteSpace(supplier), "a supplier has a name");
        Supplier = supplier;
        Raise(new SupplierNamed(Id, supplier));
    }

    /// <summary>Orders from the supplier what brings the stock to twice the mark, unless enough is there or on its way.</summary>
    public void ReorderIfLow()
    {
        if (InStock + OnOrder >= ReorderBelow)
            return;
        Ensure(Supplier is not null, $"'{Id}' is low, and no supplier is known for it");
        var quantity = (2 * ReorderBelow) - InStock - OnOrder;
        OnOrder += quantity;
        Raise(new ReorderRequested(Id, Supplier!, quantity));
        ClearAlert();
    }

    /// <summary>Calls for somebody, once for as long as the alert stands.</summary>
    public void RaiseAlert(string reason)
    {
        if (Alert is not null)
            return;
        Alert = reason;
        Raise(new StockAlertRaised(Id, reason));
    }

    [Invariant]
    private void NeverNegative() => Ensure(InStock >= 0, "stock cannot go below zero");

    [Invariant]
    private void NeverPromisedTwice() => Ensure(Reserved >= 0 && Reserved <= InStock, "what is reserved has to be in stock");

    private void ClearAlert()
    {
        if (Alert is null)
            return;
        Alert = null;
        Raise(new StockAlertCleared(Id));
    }
}
