using InventoryOrders.Page.Tests.Serving;
using Xunit;

namespace InventoryOrders.Page.Tests;

/// <summary>Tests on a shop of their own, kept in memory.</summary>
public abstract class ShopApiTest : IAsyncLifetime
{
    protected const int HangLimit = 60_000;

    protected ServedShop Shop { get; private set; } = null!;

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => Shop = await ServedShop.OpenAsync();

    public async ValueTask DisposeAsync()
    {
        await Shop.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
