using InventoryOrders.Orders;
using InventoryOrders.Page.Tests.Serving;
using Microsoft.Playwright;
using Shouldly;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace InventoryOrders.Page.Tests.Browsing;

/// <summary>What people do with the page.</summary>
public sealed class ShopkeepingTests(Browser browser) : PageTest(browser)
{
    [Fact(Timeout = HangLimit)]
    public async Task EmptyShop_SaysWhatToDo_AndBeginsWithACount()
    {
        await OpenPageAsync();
        await Expect(Page.Locator("#stock-empty")).ToContainTextAsync("No book is known yet");
        await Expect(Page.Locator("#orders-empty")).ToHaveTextAsync("Nothing is ordered yet.");
        await Expect(Page.Locator("#letters-empty")).ToHaveTextAsync("Everything could be handled.");

        await Page.GetByLabel("Book").And(Page.Locator("#count-book")).FillAsync("dune");
        await Page.GetByLabel("Copies on the shelf").FillAsync("100");
        await Page.GetByRole(AriaRole.Button, new() { Name = "Write the count down" }).ClickAsync();

        await Expect(Row("stock", "dune").Locator("td").Nth(1)).ToHaveTextAsync("100");
        await Expect(Page.Locator("#stock-empty")).ToBeHiddenAsync();
        await Expect(Page.Locator("#place-book option")).ToHaveTextAsync(["dune"]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Orders_ArePlacedShippedAndCancelled_AndTheStockFollows()
    {
        await Shop.CountAsync("dune", 100);
        await OpenPageAsync();

        await PlaceAsync("o-1", "10");
        await Expect(Page.Locator("#said")).ToHaveTextAsync("Order o-1 is placed.");
        await PlaceAsync("o-2", "5");
        await Expect(Row("stock", "dune").Locator("td").Nth(2)).ToHaveTextAsync("15");
        await Page.GetByRole(AriaRole.Button, new() { Name = "Ship order o-1" }).ClickAsync();
        await Expect(Row("orders", "o-1").Locator(".chip")).ToHaveTextAsync("Shipped");
        await Page.GetByRole(AriaRole.Button, new() { Name = "Cancel order o-2" }).ClickAsync();
        await Page.GetByLabel("Reason").FillAsync("too slow");
        await Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Cancel the order" }).ClickAsync();

        await Expect(Row("orders", "o-2").Locator(".chip")).ToHaveTextAsync("Cancelled");
        await Expect(Row("orders", "o-2").Locator(".under")).ToHaveTextAsync("too slow");
        await Expect(Page.GetByRole(AriaRole.Dialog)).ToBeHiddenAsync();
        await Expect(Row("stock", "dune").Locator("td")).ToHaveTextAsync(["dune", "90", "0", "90"]);
        await Expect(Page.Locator("#open")).ToHaveTextAsync("0");
    }

    [Fact(Timeout = HangLimit)]
    public async Task Restock_AddsToWhatIsThere()
    {
        await Shop.CountAsync("dune", 100);
        await OpenPageAsync();

        await Page.GetByLabel("Copies delivered").FillAsync("15");
        await Page.GetByRole(AriaRole.Button, new() { Name = "Take in the delivery" }).ClickAsync();

        await Expect(Page.Locator("#said")).ToHaveTextAsync("15 copies of dune taken in.");
        await Expect(Row("stock", "dune").Locator("td").Nth(1)).ToHaveTextAsync("115");
    }

    [Fact(Timeout = HangLimit)]
    public async Task OrderNumber_TypedWhileAnotherOrderIsSent_IsKept()
    {
        await Shop.CountAsync("dune", 100);
        await OpenPageAsync();
        var answer = new TaskCompletionSource();
        await Page.RouteAsync("**/api/orders", async route =>
        {
            await answer.Task;
            await route.ContinueAsync();
        });

        await PlaceAsync("o-1", "1");
        await Page.Locator("#place-id").FillAsync("o-2");
        answer.SetResult();

        await Expect(Page.Locator("#said")).ToHaveTextAsync("Order o-1 is placed.");
        await Expect(Page.Locator("#place-id")).ToHaveValueAsync("o-2");
    }

    [Fact(Timeout = HangLimit)]
    public async Task OrderNumber_OfAnOrderThatIsPlaced_MakesRoomForTheNext()
    {
        await Shop.CountAsync("dune", 100);
        await OpenPageAsync();

        await PlaceAsync("o-1", "1");

        await Expect(Page.Locator("#said")).ToHaveTextAsync("Order o-1 is placed.");
        await Expect(Page.Locator("#place-id")).Not.ToHaveValueAsync("o-1");
    }

    [Fact(Timeout = HangLimit)]
    public async Task DeadLetter_IsReplayedOnceItsCauseIsMended()
    {
        await Poison.AddAsync(Shop, "hobbit");
        await OpenPageAsync();
        await Expect(Page.Locator("#dead")).ToHaveTextAsync("1");
        await Expect(Page.Locator("#letters li")).ToContainTextAsync("no supplier is known for it");

        await Page.GetByText("Name a supplier").ClickAsync();
        await Page.GetByLabel("Supplier").FillAsync("Unwin");
        await Page.GetByRole(AriaRole.Button, new() { Name = "Name the supplier" }).ClickAsync();
        await Expect(Page.Locator("#said")).ToHaveTextAsync("Unwin supplies hobbit.");
        await Page.GetByRole(AriaRole.Button, new() { Name = "Replay" }).ClickAsync();

        await Expect(Page.Locator("#letters-empty")).ToHaveTextAsync("Everything could be handled.");
        await Expect(Row("stock", "hobbit").Locator(".alert")).ToBeHiddenAsync();
    }

    [Fact(Timeout = HangLimit)]
    public async Task BadInput_IsToldAtItsField()
    {
        ExpectsComplaints = true;                       // the browser reports every answer that refuses
        await Shop.CountAsync("dune", 5);
        await OpenPageAsync();

        await PlaceAsync("o 1", "6");
        var wrong = Page.Locator("#place .wrong");
        await Expect(wrong).ToContainTextAsync("OrderId is written with");
        await Expect(Page.Locator("#place-id")).ToHaveAttributeAsync("aria-invalid", "true");
        await Expect(Page.Locator("#place-id")).ToBeFocusedAsync();
        await PlaceAsync("o-1", "6");

        await Expect(wrong).ToHaveTextAsync("6 copies of 'dune' were asked for, and 5 are left.");
        await Expect(Page.Locator("#place [aria-invalid]")).ToHaveCountAsync(0);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Text_IsNeverMarkup()
    {
        const string markup = "<img src=x onerror=\"document.title='run'\"><b>bold</b>";
        await Shop.CountAsync("dune", 5);
        await Shop.DoAsync(new PlaceOrder("o-1", "dune", 1));
        await Shop.DoAsync(new CancelOrder("o-1", markup));

        await OpenPageAsync();

        await Expect(Row("orders", "o-1").Locator(".under")).ToHaveTextAsync(markup);
        await Expect(Page.Locator("main img, main b")).ToHaveCountAsync(0);
        (await Page.TitleAsync()).ShouldBe("The book shop");
    }

    [Fact(Timeout = HangLimit)]
    public async Task Page_IsUsedByKeyboardAlone()
    {
        await Shop.CountAsync("dune", 100);
        await OpenPageAsync();

        await Page.Locator("#place-book").FocusAsync();
        await Page.Keyboard.PressAsync("Tab");
        await Page.Keyboard.TypeAsync("3");
        await Page.Keyboard.PressAsync("Tab");
        await Page.Keyboard.PressAsync("Control+A");
        await Page.Keyboard.TypeAsync("o-1");
        await Page.Keyboard.PressAsync("Enter");
        var ship = Page.GetByRole(AriaRole.Button, new() { Name = "Ship order o-1" });
        await Expect(ship).ToBeVisibleAsync();
        await Page.Locator("#stock-title").FocusAsync();
        await Page.Keyboard.PressAsync("Tab");
        await Expect(ship).ToBeFocusedAsync();
        var outline = await ship.EvaluateAsync<string>("button => getComputedStyle(button).outlineStyle + ' ' + getComputedStyle(button).outlineWidth");
        await Page.Keyboard.PressAsync("Enter");

        await Expect(Row("orders", "o-1").Locator(".chip")).ToHaveTextAsync("Shipped");
        outline.ShouldBe("solid 3px");
        // The button is gone, and whoever pressed it is still at the order.
        await Expect(Row("orders", "o-1").Locator("td").First).ToBeFocusedAsync();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Focus_StaysWhileOthersChangeTheShop()
    {
        await Shop.CountAsync("dune", 100);
        await Shop.DoAsync(new PlaceOrder("o-1", "dune", 1));
        await OpenPageAsync();
        var ship = Page.GetByRole(AriaRole.Button, new() { Name = "Ship order o-1" });
        await ship.FocusAsync();

        await Shop.DoAsync(new PlaceOrder("o-2", "dune", 2));
        await Expect(Row("orders", "o-2")).ToBeVisibleAsync();

        await Expect(ship).ToBeFocusedAsync();
    }

    private async Task PlaceAsync(string id, string copies)
    {
        await Page.Locator("#place-copies").FillAsync(copies);
        await Page.GetByLabel("Order number").FillAsync(id);
        await Page.GetByRole(AriaRole.Button, new() { Name = "Place the order" }).ClickAsync();
    }
}
