using System.Net;
using InventoryOrders.Orders;
using InventoryOrders.Page.Tests.Serving;
using InventoryOrders.Stock;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;

namespace InventoryOrders.Page.Tests.Api;

/// <summary>What whoever looks after the shop needs.</summary>
public sealed class OperationTests : ShopApiTest
{
    private static readonly string[] _verbs = ["get", "put", "post", "delete", "patch"];

    [Fact(Timeout = HangLimit)]
    public async Task DeadLetter_IsListedWithoutItsMessage_AndReplayed()
    {
        await Poison.AddAsync(Shop, "hobbit");
        var letter = (await Shop.GetAsync("/api/dead-letters")).EnumerateArray().ShouldHaveSingleItem();
        var key = new { handler = letter.GetProperty("handler").GetString(), method = letter.GetProperty("method").GetString(), position = letter.GetProperty("position").GetInt64() };
        await Shop.DoAsync(new NameSupplier("hobbit", "Unwin"));

        var replayed = await Shop.PostAsync("/api/dead-letters/replay", key);
        await Wait.UntilAsync(async () => (await Shop.GetAsync("/api/stock/hobbit")).GetProperty("alert").GetString() is null ? this : null);
        var again = await Shop.PostAsync("/api/dead-letters/replay", key);

        letter.GetProperty("reason").GetString().ShouldBe("Inventory: 'hobbit' is low, and no supplier is known for it");
        letter.GetRawText().ShouldNotContain(" at ");
        replayed.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        (await Shop.GetAsync("/api/dead-letters")).GetArrayLength().ShouldBe(0);
        (await Problem.OfAsync(again)).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Subscriptions_SayHowFarTheEngineIs()
    {
        await Shop.CountAsync("dune", 5);
        await Shop.DoAsync(new PlaceOrder("o-1", "dune", 1));
        await Shop.CaughtUpAsync();

        var subscription = (await Shop.GetAsync("/api/subscriptions")).EnumerateArray().Single(s => s.GetProperty("name").GetString() == "follow-orders");

        subscription.GetProperty("state").GetString().ShouldBe("Idle");
        subscription.GetProperty("lag").GetInt64().ShouldBe(0);
        subscription.GetProperty("position").GetInt64().ShouldBeGreaterThan(0);
        subscription.GetProperty("partitions").GetInt32().ShouldBe(4);
    }

    [Theory(Timeout = HangLimit)]
    [InlineData("live", "protean-live")]
    [InlineData("ready", "protean-ready")]
    [InlineData("lag", "protean-lag")]
    public async Task Health_IsGood(string path, string check)
    {
        await Shop.CaughtUpAsync();

        var health = await Shop.GetAsync($"/health/{path}");

        health.GetProperty("status").GetString().ShouldBe("Healthy");
        health.GetProperty("checks").EnumerateObject().ShouldHaveSingleItem().Name.ShouldBe(check);
    }

    [Fact(Timeout = HangLimit)]
    public async Task OpenApi_DescribesEveryEndpoint_WithANameAndASummary()
    {
        var document = await Shop.GetAsync("/openapi/v1.json");
        var described = document.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Where(o => _verbs.Contains(o.Name)).Select(operation => (Route: $"{operation.Name.ToUpperInvariant()} {path.Name}", operation.Value)))
            .ToDictionary(operation => operation.Route, operation => operation.Value);

        var served = Shop.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.RoutePattern.RawText is not ("/" or "/openapi/{documentName}.json"))
            .SelectMany(endpoint => endpoint.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods.Select(verb => $"{verb} /{endpoint.RoutePattern.RawText!.Trim('/')}"))
            .ToArray();
        served.Length.ShouldBeGreaterThan(15);
        described.Keys.Order().ShouldBe(served.Order());
        described.Where(o => !o.Value.TryGetProperty("operationId", out _) || !o.Value.TryGetProperty("summary", out _)).ShouldBeEmpty();
        described.Values.Select(o => o.GetProperty("operationId").GetString()).ShouldBeUnique();
    }

    [Fact(Timeout = HangLimit)]
    public async Task OpenApi_SaysHowCommandsAreRefused()
    {
        var document = await Shop.GetAsync("/openapi/v1.json");

        var responses = document.GetProperty("paths").GetProperty("/api/orders").GetProperty("post").GetProperty("responses");

        responses.EnumerateObject().Select(response => response.Name).Order().ShouldBe(["201", "400", "404", "409", "503"]);
        responses.GetProperty("409").GetProperty("content").TryGetProperty("application/problem+json", out _).ShouldBeTrue();
    }
}
