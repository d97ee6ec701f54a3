using InventoryOrders.Orders;
using InventoryOrders.Page.Tests.Serving;
using Microsoft.Playwright;
using Shouldly;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace InventoryOrders.Page.Tests.Browsing;

/// <summary>The page of a shop that is the same every time, on a wide and a narrow screen, by day and by night. Its pictures are kept beside the tests, in <c>screenshots</c>.</summary>
public sealed class ScreenshotTests(Browser browser) : PageTest(browser)
{
    [Theory(Timeout = HangLimit)]
    [InlineData(1280, ColorScheme.Light)]
    [InlineData(1280, ColorScheme.Dark)]
    [InlineData(400, ColorScheme.Light)]
    [InlineData(400, ColorScheme.Dark)]
    public async Task Page_IsReadableAndFits(int width, ColorScheme scheme)
    {
        await FillShopAsync();
        await OpenPageAsync(width, scheme);
        await Expect(Page.Locator("#orders tbody tr")).ToHaveCountAsync(6);
        await Expect(Page.Locator("#letters li")).ToHaveCountAsync(1);
        await Page.Locator("#place-id").FillAsync("o-107");
        await Page.Locator("h1").ClickAsync();
        await Expect(Page.Locator("#engine .chip[data-tone=good]")).ToHaveCountAsync(7);

        var closed = await LookAsync(width);
        var picture = await Page.ScreenshotAsync(new() { FullPage = true, Path = PathOf(width, scheme) });
        var colours = await Colours.OfAsync(Page, picture);
        await Page.EvaluateAsync("() => { document.querySelectorAll('details').forEach(d => d.open = true); say('Order o-107 is placed.'); lose(); }");
        var opened = await LookAsync(width);
        await Page.GetByRole(AriaRole.Button, new() { Name = "Cancel order o-106" }).ClickAsync();
        var asked = await LookAsync(width);

        foreach (var look in new[] { closed, opened, asked })
        {
            look.Beyond.ShouldBeEmpty();
            look.Unlabelled.ShouldBeEmpty();
            look.Pale.ShouldBeEmpty();
            look.TextsJudged.ShouldBeGreaterThan(60);
            if (width == 400)
                look.Small.ShouldBeEmpty();
        }

        colours.Distinct.ShouldBeGreaterThan(20);
        if (scheme == ColorScheme.Dark)
            colours.Brightness.ShouldBeLessThan(0.25);
        else
            colours.Brightness.ShouldBeGreaterThan(0.75);
    }

    private static string PathOf(int width, ColorScheme scheme) =>
        Path.Combine(AppContext.BaseDirectory, "screenshots", $"shop-{width}-{(scheme == ColorScheme.Dark ? "dark" : "light")}.png");

    private async Task<Look> LookAsync(int width)
    {
        (await Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth")).ShouldBeLessThanOrEqualTo(width);
        return await Look.AtAsync(Page);
    }

    private async Task FillShopAsync()
    {
        await Shop.CountAsync("dune", 100);
        await Shop.CountAsync("the-left-hand-of-darkness", 1_250);
        await Shop.CountAsync("ubik", 40);
        foreach (var (id, book, copies) in new[] { ("o-101", "dune", 10), ("o-102", "ubik", 2), ("o-104", "dune", 30), ("o-105", "ubik", 4), ("o-106", "the-left-hand-of-darkness", 120) })
            await Shop.DoAsync(new PlaceOrder(id, book, copies));
        await Shop.DoAsync(new ShipOrder("o-101"));
        await Shop.DoAsync(new ShipOrder("o-102"));
        await Shop.DoAsync(new CancelOrder("o-104", "found it in the attic"));
        await Poison.AddAsync(Shop, "hobbit");
    }
}
