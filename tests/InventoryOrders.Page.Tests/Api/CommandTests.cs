using System.Net;
using InventoryOrders.Page.Tests.Serving;
using Shouldly;
using Xunit;

namespace InventoryOrders.Page.Tests.Api;

public sealed class CommandTests : ShopApiTest
{
    [Fact(Timeout = HangLimit)]
    public async Task Order_PlacedAndShipped_LowersTheStock()
    {
        (await Shop.PutAsync("/api/stock/dune", new { quantity = 100 })).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        var placed = await Shop.PostAsync("/api/orders", new { orderId = "o-1", bookId = "dune", quantity = 10 });
        var shipped = await Shop.SendAsync(HttpMethod.Post, "/api/orders/o-1/ship");
        await Shop.CaughtUpAsync();

        placed.StatusCode.ShouldBe(HttpStatusCode.Created);
        placed.Headers.Location.ShouldBe(new Uri("/api/orders/o-1", UriKind.Relative));
        shipped.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await Shop.GetAsync("/api/stock/dune")).GetProperty("inStock").GetInt32().ShouldBe(90);
        (await Shop.GetAsync("/api/orders/o-1")).GetProperty("status").GetString().ShouldBe("Shipped");
    }

    [Fact(Timeout = HangLimit)]
    public async Task EveryOtherCommand_IsDone()
    {
        await Shop.CountAsync("dune", 100);
        await Shop.PostAsync("/api/orders", new { orderId = "o-1", bookId = "dune", quantity = 10 });

        HttpResponseMessage[] answers =
        [
            await Shop.PostAsync("/api/orders/o-1/cancel", new { reason = "too slow" }),
            await Shop.PostAsync("/api/stock/dune/restock", new { quantity = 5 }),
            await Shop.PostAsync("/api/stock/dune/withdraw", new { quantity = 1 }),
            await Shop.PutAsync("/api/stock/dune/supplier", new { supplier = "Chilton" }),
        ];
        await Shop.CaughtUpAsync();

        answers.Select(answer => answer.StatusCode).ShouldAllBe(status => status == HttpStatusCode.NoContent);
        var stock = await Shop.GetAsync("/api/stock/dune");
        (stock.GetProperty("inStock").GetInt32(), stock.GetProperty("reserved").GetInt32(), stock.GetProperty("available").GetInt32()).ShouldBe((104, 0, 104));
        (await Shop.GetAsync("/api/orders/o-1")).GetProperty("cancelledBecause").GetString().ShouldBe("too slow");
    }

    [Fact(Timeout = HangLimit)]
    public async Task Orders_AreListedByTheirState()
    {
        await Shop.CountAsync("dune", 100);
        foreach (var id in new[] { "o-1", "o-2", "o-3" })
            await Shop.PostAsync("/api/orders", new { orderId = id, bookId = "dune", quantity = 1 });
        await Shop.SendAsync(HttpMethod.Post, "/api/orders/o-2/ship");
        await Shop.CaughtUpAsync();

        Ids(await Shop.GetAsync("/api/orders")).ShouldBe(["o-1", "o-2", "o-3"]);
        Ids(await Shop.GetAsync("/api/orders?status=Placed")).ShouldBe(["o-1", "o-3"]);
        Ids(await Shop.GetAsync("/api/orders?skip=2")).ShouldBe(["o-3"]);

        static IEnumerable<string?> Ids(System.Text.Json.JsonElement orders) => orders.EnumerateArray().Select(order => order.GetProperty("orderId").GetString());
    }

    [Fact(Timeout = HangLimit)]
    public async Task Command_SentAgainWithItsKey_IsDoneOnce()
    {
        await Shop.CountAsync("dune", 100);
        var delivery = new { quantity = 10 };

        var first = await Shop.PostAsync("/api/stock/dune/restock", delivery, key: "delivery-1");
        var again = await Shop.PostAsync("/api/stock/dune/restock", delivery, key: "delivery-1");
        var another = await Shop.PostAsync("/api/stock/dune/restock", delivery, key: "delivery-2");
        await Shop.CaughtUpAsync();

        new[] { first, again, another }.ShouldAllBe(answer => answer.StatusCode == HttpStatusCode.NoContent);
        (await Shop.GetAsync("/api/stock/dune")).GetProperty("inStock").GetInt32().ShouldBe(120);
    }

    [Fact(Timeout = HangLimit)]
    public async Task OrderSentAgainWithItsKey_IsNoConflict_AndWithAnotherContentIsOne()
    {
        await Shop.CountAsync("dune", 100);

        await Shop.PostAsync("/api/orders", new { orderId = "o-1", bookId = "dune", quantity = 1 }, key: "k");
        var again = await Shop.PostAsync("/api/orders", new { orderId = "o-1", bookId = "dune", quantity = 1 }, key: "k");
        var other = await Shop.PostAsync("/api/orders", new { orderId = "o-1", bookId = "dune", quantity = 2 }, key: "k");

        again.StatusCode.ShouldBe(HttpStatusCode.Created);
        (await Problem.OfAsync(other)).Status.ShouldBe(HttpStatusCode.Conflict);
    }
}
