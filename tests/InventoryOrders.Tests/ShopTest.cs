using InventoryOrders.Stock;
using Protean.Testing;
using Xunit;

namespace InventoryOrders.Tests;

/// <summary>The shop as every program has it, in memory, with the test as its engine.</summary>
public abstract class ShopTest : IAsyncDisposable
{
    protected TestDomain Test { get; } = TestDomain.Create(Shop.Name, Shop.Declare);

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await Test.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected static Inventory Counted(string bookId, int quantity, int reorderBelow = 0, string? supplier = null)
    {
        var inventory = Inventory.Of(bookId);
        inventory.Count(quantity, reorderBelow);
        if (supplier is not null)
            inventory.NameSupplier(supplier);
        return inventory;
    }
}
