using System.Net;
using InventoryOrders.Hosting;
using InventoryOrders.Page.Tests.Serving;
using Npgsql;
using Protean.EventStore.TestServer;
using Shouldly;
using Xunit;

namespace InventoryOrders.Page.Tests.Api;

/// <summary>The shop on PostgreSQL, behind a connection that can be cut.</summary>
public sealed class PostgresTests : IAsyncLifetime
{
    private const int HangLimit = 60_000;

    private TestDatabase _database = null!;

    public async ValueTask InitializeAsync() => _database = await TestDatabase.CreateAsync();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact(Timeout = HangLimit)]
    public async Task StoreThatIsAway_IsToldWithoutItsInside_AndComesBack()
    {
        var settings = new NpgsqlConnectionStringBuilder(_database.ConnectionString);
        await using var proxy = TcpProxy.Start(new DnsEndPoint(settings.Host!, settings.Port));
        (settings.Host, settings.Port, settings.SslMode) = ("127.0.0.1", proxy.Port, SslMode.Disable);
        await using var shop = await ServedShop.OpenAsync(ShopStore.Postgres(settings.ConnectionString));
        await shop.CountAsync("dune", 5);
        await using var events = await EventReader.OpenAsync(shop.Client);
        await events.UntilAsync("store", store => !store.GetProperty("isAway").GetBoolean());

        proxy.Refuse = true;
        proxy.CutAll();
        var problem = await Problem.OfAsync(await shop.SendAsync(HttpMethod.Get, "/api/stock"));
        var ready = await shop.SendAsync(HttpMethod.Get, "/health/ready");
        var live = await shop.SendAsync(HttpMethod.Get, "/health/live");
        await events.UntilAsync("store", store => store.GetProperty("isAway").GetBoolean());
        proxy.Refuse = false;
        await events.UntilAsync("store", store => !store.GetProperty("isAway").GetBoolean());

        problem.Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        problem.Detail.ShouldNotBeNull().ShouldStartWith("The shop cannot reach its store just now.");
        problem.Text.ShouldNotContain("Exception");
        ready.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        live.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await shop.SendAsync(HttpMethod.Get, "/api/stock")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact(Timeout = HangLimit)]
    public async Task TwoServers_OnOneDatabase_ShowTheSameShop()
    {
        await using var first = await ServedShop.OpenAsync(ShopStore.Postgres(_database.ConnectionString));
        await using var second = await ServedShop.OpenAsync(ShopStore.Postgres(_database.ConnectionString));
        await using var events = await EventReader.OpenAsync(second.Client);

        await first.CountAsync("dune", 7);

        await events.UntilAsync("stock", stock => stock.GetArrayLength() == 1 && stock[0].GetProperty("inStock").GetInt32() == 7);
        await events.UntilAsync("subscriptions", subscriptions =>
            subscriptions.EnumerateArray().SelectMany(s => s.GetProperty("owners").EnumerateArray()).Select(owner => owner.GetString()).Distinct().Count() == 2);
    }
}
