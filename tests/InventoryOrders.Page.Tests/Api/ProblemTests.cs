using System.Net;
using System.Text;
using InventoryOrders.Page.Tests.Serving;
using Shouldly;
using Xunit;

namespace InventoryOrders.Page.Tests.Api;

public sealed class ProblemTests : ShopApiTest
{
    [Fact(Timeout = HangLimit)]
    public async Task BadInput_NamesEveryField()
    {
        var problem = await Problem.OfAsync(await Shop.PostAsync("/api/orders", new { orderId = "no id", bookId = "", quantity = 0 }));

        problem.Status.ShouldBe(HttpStatusCode.BadRequest);
        problem.Errors.Keys.Order().ShouldBe(["bookId", "orderId", "quantity"]);
        problem.Errors["quantity"].ShouldBe(["The field Quantity must be between 1 and 1000000."]);
    }

    [Theory(Timeout = HangLimit)]
    [InlineData("""{"orderId":"o-1","bookId":"dune","quantity":"ten"}""", "quantity")]
    [InlineData("""{"orderId":"o-1","bookId":"dune","quantity":1,"discount":5}""", "discount")]
    [InlineData("""{"orderId":"o-1","bookId":null,"quantity":1}""", "bookId")]
    [InlineData("""{"orderId":"o-1","quantity":1}""", "bookId")]
    public async Task BadJson_NamesTheField(string body, string field)
    {
        var problem = await Problem.OfAsync(await PostTextAsync("/api/orders", body));

        problem.Status.ShouldBe(HttpStatusCode.BadRequest);
        problem.Errors.Keys.ShouldBe([field]);
    }

    [Theory(Timeout = HangLimit)]
    [InlineData("""{"orderId":"o-1" """)]
    [InlineData("null")]
    [InlineData("")]
    public async Task NoJson_IsABadRequest(string body)
    {
        var problem = await Problem.OfAsync(await PostTextAsync("/api/orders", body));

        problem.Status.ShouldBe(HttpStatusCode.BadRequest);
        problem.Detail.ShouldNotBeNull();
    }

    [Fact(Timeout = HangLimit)]
    public async Task BrokenRule_IsTold()
    {
        await Shop.CountAsync("dune", 5);

        var problem = await Problem.OfAsync(await Shop.PostAsync("/api/orders", new { orderId = "o-1", bookId = "dune", quantity = 6 }));

        problem.Status.ShouldBe(HttpStatusCode.BadRequest);
        problem.Detail.ShouldBe("6 copies of 'dune' were asked for, and 5 are left.");
        problem.Errors.ShouldBeEmpty();
    }

    [Fact(Timeout = HangLimit)]
    public async Task OrderIdThatIsTaken_IsAConflict()
    {
        await Shop.CountAsync("dune", 5);
        await Shop.PostAsync("/api/orders", new { orderId = "o-1", bookId = "dune", quantity = 1 });

        var problem = await Problem.OfAsync(await Shop.PostAsync("/api/orders", new { orderId = "o-1", bookId = "dune", quantity = 1 }));

        problem.Status.ShouldBe(HttpStatusCode.Conflict);
        problem.Detail.ShouldNotBeNull().ShouldContain("o-1");
    }

    [Theory(Timeout = HangLimit)]
    [InlineData("GET", "/api/orders/o-9")]
    [InlineData("POST", "/api/orders/o-9/ship")]
    [InlineData("GET", "/api/stock/ubik")]
    [InlineData("GET", "/no/such/page")]
    public async Task WhatIsNotThere_IsNotFound(string method, string path) =>
        (await Problem.OfAsync(await Shop.SendAsync(new(method), path))).Status.ShouldBe(HttpStatusCode.NotFound);

    [Fact(Timeout = HangLimit)]
    public async Task KeyThatIsTooLong_IsABadRequest()
    {
        await Shop.CountAsync("dune", 5);

        var problem = await Problem.OfAsync(await Shop.PostAsync("/api/stock/dune/restock", new { quantity = 1 }, key: new('k', 201)));

        problem.Status.ShouldBe(HttpStatusCode.BadRequest);
        problem.Errors.Keys.ShouldBe(["Idempotency-Key"]);
    }

    [Theory(Timeout = HangLimit)]
    [InlineData("Failed to bind", "/api/orders?status=Nothing")]
    [InlineData("   at ", "/api/orders?skip=many")]
    public async Task Problem_TellsNothingFromTheInside(string inside, string path)
    {
        var problem = await Problem.OfAsync(await Shop.SendAsync(HttpMethod.Get, path));

        problem.Status.ShouldBe(HttpStatusCode.BadRequest);
        problem.Text.ShouldNotContain(inside);
        problem.Text.ShouldNotContain("Exception");
    }

    [Fact(Timeout = HangLimit)]
    public async Task AnotherSite_ChangesNothing()
    {
        await Shop.CountAsync("dune", 5);
        await Shop.PostAsync("/api/orders", new { orderId = "o-1", bookId = "dune", quantity = 1 });
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/orders/o-1/ship");
        request.Headers.Add("Origin", "http://elsewhere.example");

        var refused = await Shop.Client.SendAsync(request, Cancellation);
        await Shop.CaughtUpAsync();

        refused.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await Shop.GetAsync("/api/orders/o-1")).GetProperty("status").GetString().ShouldBe("Placed");
    }

    [Fact(Timeout = HangLimit)]
    public async Task ForeignName_ThatPointsHere_IsRefused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/stock");
        request.Headers.Host = "elsewhere.example";

        (await Shop.Client.SendAsync(request, Cancellation)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    private Task<HttpResponseMessage> PostTextAsync(string path, string body) =>
        Shop.SendAsync(HttpMethod.Post, path, new StringContent(body, Encoding.UTF8, "application/json"));
}
