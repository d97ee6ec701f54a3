using InventoryOrders.Page.Tests.Serving;
using InventoryOrders.Serve;
using Protean.EventStore.TestServer;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace InventoryOrders.Page.Tests.Browsing;

public sealed class ConnectionTests(Browser browser) : PageTest(browser)
{
    /// <summary>One that nobody else is given while the shop is away.</summary>
    protected override ServerAddress Address { get; } = ServerAddress.FreeLoopbackPort with { Port = LoopbackPorts.Free() };

    [Fact(Timeout = HangLimit)]
    public async Task LostConnection_IsShown_AndComesBackWithTheServer()
    {
        ExpectsComplaints = true;                       // the browser reports every connection that is refused
        await Shop.CountAsync("dune", 1);
        await OpenPageAsync();
        await Expect(Row("stock", "dune")).ToBeVisibleAsync();

        await Shop.StopAsync();
        await Shop.DisposeAsync();
        await Expect(Page.Locator("#lost")).ToBeVisibleAsync();
        await Expect(Page.Locator("#link")).ToHaveTextAsync("Not connected");
        Replace(await ServedShop.OpenAsync(address: Address));
        await Shop.CountAsync("ubik", 2);

        await Expect(Row("stock", "ubik")).ToBeVisibleAsync();
        await Expect(Row("stock", "dune")).ToHaveCountAsync(0);
        await Expect(Page.Locator("#lost")).ToBeHiddenAsync();
        await Expect(Page.Locator("#link")).ToHaveTextAsync("Live");
    }
}
