using InventoryOrders.Orders;
using InventoryOrders.Stock;
using Protean;
using Protean.Storage;
using Shouldly;
using Xunit;

namespace InventoryOrders.Tests.Hosting;

/// <summary>What the hosted shop does on every store.</summary>
public abstract class ShopSuite(IShopPlace place) : HostedShop(place)
{
    [Fact(Timeout = HangLimit)]
    public async Task ShippedOrder_LowersTheStock_AndBothProjectionsFollow()
    {
        var shop = await OpenAsync();
        await SellAsync(shop, "o-1", "dune", stock: 100, quantity: 10);

        await shop.CaughtUpAsync();

        (await shop.Domain.Repository<Inventory>().GetAsync(Id("dune"), Cancellation)).InStock.ShouldBe(90);
        (await shop.ViewAsync<StockLevel>(Id("dune"))).ShouldBe(new StockLevel(Id("dune"), 90, 0));
        (await shop.ViewAsync<OrderSummary>(Id("o-1"))).ShouldBe(new OrderSummary(Id("o-1"), Id("dune"), 10, OrderStatus.Shipped));
    }

    [Fact(Timeout = HangLimit)]
    public async Task CancelledOrder_ReleasesWhatWasReserved()
    {
        var shop = await OpenAsync();
        await shop.DoAsync(new CountStock(Id("dune"), 100));
        await shop.DoAsync(new PlaceOrder(Id("o-1"), Id("dune"), 10));
        await shop.DoAsync(new CancelOrder(Id("o-1"), "too slow"));

        await shop.CaughtUpAsync();

        (await shop.ViewAsync<StockLevel>(Id("dune"))).ShouldBe(new StockLevel(Id("dune"), 100, 0));
    }

    [Fact(Timeout = HangLimit)]
    public async Task OrdersOfOneBookAtOnce_ArePromisedNoMoreThanThereIs()
    {
        var shop = await OpenAsync();
        await shop.DoAsync(new CountStock(Id("dune"), 12));

        var placed = (await Task.WhenAll(Enumerable.Range(1, 20).Select(n => TryPlaceAsync(n)))).Count(isPlaced => isPlaced);
        for (var n = 21; n <= 40 && await TryPlaceAsync(n); n++)
            placed++;
        await shop.CaughtUpAsync();

        placed.ShouldBe(12);
        (await shop.ViewAsync<StockLevel>(Id("dune"))).ShouldBe(new StockLevel(Id("dune"), 12, 12));

        async Task<bool> TryPlaceAsync(int number)
        {
            try
            {
                await shop.DoAsync(new PlaceOrder(Id($"o-{number}"), Id("dune"), 1));
                return true;
            }
            catch (Exception error) when (error is ValidationException or ConcurrencyException)
            {
                return false;
            }
        }
    }

    [Fact(Timeout = HangLimit)]
    public async Task SoldBelowTheMark_WithASupplier_NotifiesOnce()
    {
        var shop = await OpenAsync();
        await shop.DoAsync(new CountStock(Id("hobbit"), 12, ReorderBelow: 10));
        await shop.DoAsync(new NameSupplier(Id("hobbit"), "Unwin"));
        await shop.DoAsync(new PlaceOrder(Id("o-1"), Id("hobbit"), 3));
        await shop.DoAsync(new PlaceOrder(Id("o-2"), Id("hobbit"), 1));
        await shop.DoAsync(new ShipOrder(Id("o-1")));
        await shop.CaughtUpAsync();
        await shop.DoAsync(new ShipOrder(Id("o-2")));

        await shop.CaughtUpAsync();

        (await NotificationsAsync(shop, "hobbit")).ShouldHaveSingleItem().ShouldBe(new ReorderRequested(Id("hobbit"), "Unwin", 11));
    }

    [Fact(Timeout = HangLimit)]
    public async Task PoisonEvent_IsADeadLetterOfOneHandler_UntilItIsReplayed()
    {
        var shop = await OpenAsync();
        await shop.DoAsync(new CountStock(Id("hobbit"), 12, ReorderBelow: 10));
        await shop.DoAsync(new PlaceOrder(Id("o-1"), Id("hobbit"), 5));
        await shop.DoAsync(new ShipOrder(Id("o-1")));
        await SellAsync(shop, "o-2", "dune", stock: 100, quantity: 1);

        await shop.CaughtUpAsync();
        var others = await shop.ViewAsync<StockLevel>(Id("dune"));
        FailureRecord? dead = null;
        await Until(async () => (dead = await DeadLetterAsync(shop, "hobbit")) is not null);
        await shop.CaughtUpAsync();
        var failed = await shop.ViewAsync<StockLevel>(Id("hobbit"));
        await shop.DoAsync(new NameSupplier(Id("hobbit"), "Unwin"));
        await shop.Engine.DeadLetters.ReplayAsync(dead!.Key, Cancellation);
        await Until(async () => await shop.Engine.DeadLetters.InspectAsync(dead.Key, Cancellation) is null);
        await shop.CaughtUpAsync();

        others.ShouldBe(new StockLevel(Id("dune"), 99, 0));
        dead.Attempts.Select(attempt => attempt.ExceptionType).ShouldBe([typeof(ValidationException).FullName!, typeof(ValidationException).FullName!]);
        failed.ShouldBe(new StockLevel(Id("hobbit"), 7, 0, $"Inventory: '{Id("hobbit")}' is low, and no supplier is known for it"));
        (await shop.ViewAsync<StockLevel>(Id("hobbit"))).ShouldBe(new StockLevel(Id("hobbit"), 7, 0));
        (await NotificationsAsync(shop, "hobbit")).ShouldHaveSingleItem().ShouldBe(new ReorderRequested(Id("hobbit"), "Unwin", 13));
    }

    [Fact(Timeout = HangLimit)]
    public async Task Rebuild_OfAProjection_IsWhatTheLiveOneWas()
    {
        var shop = await OpenAsync();
        await SellAsync(shop, "o-1", "dune", stock: 100, quantity: 10);
        await SellAsync(shop, "o-2", "ubik", stock: 5, quantity: 5);
        await shop.DoAsync(new PlaceOrder(Id("o-3"), Id("dune"), 20));
        await shop.CaughtUpAsync();
        var live = await shop.Domain.View<StockLevel>().QueryAsync(shape: all => all.OrderBy(stock => stock.BookId), cancellationToken: Cancellation);

        await shop.Engine.RebuildAsync<StockLevel>(cancellationToken: Cancellation);

        live.ShouldContain(new StockLevel(Id("dune"), 90, 20));
        (await shop.Domain.View<StockLevel>().QueryAsync(shape: all => all.OrderBy(stock => stock.BookId), cancellationToken: Cancellation)).ShouldBe(live);
    }

    protected async Task SellAsync(RunningShop shop, string order, string book, int stock, int quantity)
    {
        await shop.DoAsync(new CountStock(Id(book), stock));
        await shop.DoAsync(new PlaceOrder(Id(order), Id(book), quantity));
        await shop.DoAsync(new ShipOrder(Id(order)));
    }

    private async Task<FailureRecord?> DeadLetterAsync(RunningShop shop, string book) =>
        (await shop.Engine.DeadLetters.ListAsync(new() { Handler = StockDomain.ReorderSoldStock }, Cancellation))
            .SingleOrDefault(letter => letter.Stream.EndsWith(Id(book), StringComparison.Ordinal));

    private async Task<IEnumerable<object?>> NotificationsAsync(RunningShop shop, string book)
    {
        var stream = StreamName.Create("inventory_orders::inventory:notification", Id(book));
        var page = await shop.Domain.Store.ReadStreamAsync(new() { Stream = stream, MaxCount = 10 }, Cancellation);
        return page.Messages.Select(message => shop.Domain.Read(message));
    }
}
