using InventoryOrders.Page.Tests.Serving;
using InventoryOrders.Serve;
using Microsoft.Playwright;
using Shouldly;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace InventoryOrders.Page.Tests.Browsing;

/// <summary>Tests of the page of a shop of their own. None of them may leave an error in the browser's console, or ask another site for anything.</summary>
[Collection(BrowserTests.Name)]
public abstract class PageTest(Browser browser) : IAsyncLifetime
{
    protected const int HangLimit = 60_000;

    /// <summary>What the page says goes away after four seconds or eight, which a test on a slow machine may miss.</summary>
    private const string KeepWhatIsSaid = "const later = window.setTimeout; window.setTimeout = (act, wait, ...rest) => wait === 4000 || wait === 8000 ? 0 : later(act, wait, ...rest);";

    private readonly List<string> _complaints = [];
    private IBrowserContext? _context;

    protected ServedShop Shop { get; private set; } = null!;

    /// <summary>The page, once it was opened.</summary>
    protected IPage Page { get; private set; } = null!;

    /// <summary>Whether what the browser complains of is part of the test.</summary>
    protected bool ExpectsComplaints { get; set; }

    /// <summary>Where the shop is served.</summary>
    protected virtual ServerAddress Address => ServerAddress.FreeLoopbackPort;

    public async ValueTask InitializeAsync() => Shop = await ServedShop.OpenAsync(address: Address);

    public async ValueTask DisposeAsync()
    {
        if (_context is not null)
            await _context.CloseAsync();
        await Shop.DisposeAsync();
        GC.SuppressFinalize(this);
        if (!ExpectsComplaints)
            _complaints.ShouldBeEmpty();
    }

    /// <summary>Opens the page on what has happened so far, and waits until it is live.</summary>
    protected async Task OpenPageAsync(int width = 1280, ColorScheme scheme = ColorScheme.Light)
    {
        await Shop.CaughtUpAsync();
        _context = await browser.OpenAsync(width, scheme: scheme);
        Page = await _context.NewPageAsync();
        Page.SetDefaultTimeout(HangLimit / 3);
        SetDefaultExpectTimeout(HangLimit / 3);
        await Page.AddInitScriptAsync(KeepWhatIsSaid);
        Page.Console += (_, message) => Complain(message.Type is "error" or "warning", message.Text);
        Page.PageError += (_, error) => Complain(true, error);
        Page.Request += (_, request) => Complain(new Uri(request.Url) is { Scheme: not "data" } asked && asked.Authority != Shop.Address.Authority, $"asked for {request.Url}");
        await Page.GotoAsync(Shop.Address.ToString());
        await Expect(Page.Locator("#link")).ToHaveTextAsync("Live");
        await Expect(Page.Locator("#engine tbody tr")).Not.ToHaveCountAsync(0);
    }

    protected ILocator Row(string table, string key) => Page.Locator($"#{table} tbody tr[data-key='{key}']");

    /// <summary>Places another shop behind the address of the page.</summary>
    protected void Replace(ServedShop shop) => Shop = shop;

    private void Complain(bool isOne, string text)
    {
        if (isOne)
        {
            lock (_complaints)
                _complaints.Add(text);
        }
    }
}
