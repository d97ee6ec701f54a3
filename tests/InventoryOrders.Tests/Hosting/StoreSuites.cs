using InventoryOrders.Orders;
using InventoryOrders.Stock;
using Shouldly;
using Xunit;

namespace InventoryOrders.Tests.Hosting;

public sealed class MemoryShopTests() : ShopSuite(new MemoryPlace());

public sealed class SqliteShopTests() : DurableShopSuite(new SqlitePlace());

public sealed class PostgresShopTests(ShopDatabase database) : DurableShopSuite(new PostgresPlace(database)), IClassFixture<ShopDatabase>
{
    [Fact(Timeout = HangLimit)]
    public async Task TwoPrograms_OnOneDatabase_ShareTheWork()
    {
        var first = await OpenAsync();
        var second = await OpenAsync();
        await Until(() => SharedAsync(first, second));
        for (var n = 1; n <= 10; n++)
            await SellAsync(n % 2 == 0 ? first : second, $"o-{n}", $"book-{n}", stock: 10, quantity: n);

        await first.CaughtUpAsync();

        for (var n = 1; n <= 10; n++)
        {
            (await second.ViewAsync<StockLevel>(Id($"book-{n}"))).ShouldBe(new StockLevel(Id($"book-{n}"), 10 - n, 0));
            (await second.ViewAsync<OrderSummary>(Id($"o-{n}"))).ShouldNotBeNull().Status.ShouldBe(OrderStatus.Shipped);
        }
    }

    /// <summary>Whether both have some, and what one has the other has not.</summary>
    private static async Task<bool> SharedAsync(RunningShop first, RunningShop second)
    {
        var all = (await first.Engine.GetStatusAsync(Cancellation)).Subscriptions;
        return all.All(subscription => subscription.Partitions.Count > 0)
            && Partitions(first) > 0 && Partitions(second) > 0
            && Partitions(first) + Partitions(second) == all.Sum(subscription => subscription.Partitions.Count);
    }

    private static int Partitions(RunningShop shop) => shop.Engine.Status.Subscriptions.Sum(subscription => subscription.Partitions.Count);
}

/// <summary>What the hosted shop does besides on stores that outlive it.</summary>
public abstract class DurableShopSuite(IShopPlace place) : ShopSuite(place)
{
    [Fact(Timeout = HangLimit)]
    public async Task RestartedProgram_GoesOnWhereItWas()
    {
        var yesterday = await OpenAsync();
        await SellAsync(yesterday, "o-1", "dune", stock: 100, quantity: 10);
        await yesterday.StopAsync();

        var today = await OpenAsync();
        await today.DoAsync(new PlaceOrder(Id("o-2"), Id("dune"), 5));
        await today.DoAsync(new ShipOrder(Id("o-2")));
        await today.CaughtUpAsync();

        (await today.ViewAsync<StockLevel>(Id("dune"))).ShouldBe(new StockLevel(Id("dune"), 85, 0));
    }
}
