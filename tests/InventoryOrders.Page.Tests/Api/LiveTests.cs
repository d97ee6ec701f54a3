using System.Diagnostics;
using InventoryOrders.Page.Tests.Serving;
using Shouldly;
using Xunit;

namespace InventoryOrders.Page.Tests.Api;

public sealed class LiveTests : ShopApiTest
{
    [Fact(Timeout = HangLimit)]
    public async Task Stream_SendsEverythingAtFirst_AndThenWhatChanges()
    {
        await Shop.CountAsync("dune", 100);
        await Shop.CaughtUpAsync();
        await using var events = await EventReader.OpenAsync(Shop.Client);

        var first = await events.UntilAsync("stock", stock => stock.GetArrayLength() == 1);
        await events.UntilAsync("orders", orders => orders.GetArrayLength() == 0);
        await events.UntilAsync("subscriptions", subscriptions => subscriptions.GetArrayLength() > 0);
        await events.UntilAsync("deadLetters", letters => letters.GetArrayLength() == 0);
        await events.UntilAsync("store", store => !store.GetProperty("isAway").GetBoolean());
        await Shop.PostAsync("/api/orders", new { orderId = "o-1", bookId = "dune", quantity = 10 });

        first[0].GetProperty("inStock").GetInt32().ShouldBe(100);
        (await events.UntilAsync("orders", orders => orders.GetArrayLength() == 1))[0].GetProperty("status").GetString().ShouldBe("Placed");
    }

    [Fact(Timeout = HangLimit)]
    public async Task Stream_ChangesAreSentWithinASecond()
    {
        await Shop.CountAsync("dune", 0);
        await Shop.CaughtUpAsync();
        await using var events = await EventReader.OpenAsync(Shop.Client);
        await events.UntilAsync("stock", stock => stock.GetArrayLength() == 1);
        TimeSpan wait;
        var copies = 0;

        // Once is enough: a busy machine says nothing about the server.
        do
        {
            await Shop.CountAsync("dune", ++copies);
            await Shop.CaughtUpAsync();
            var stored = Stopwatch.GetTimestamp();
            await events.UntilAsync("stock", stock => stock[0].GetProperty("inStock").GetInt32() == copies);
            wait = Stopwatch.GetElapsedTime(stored);
        }
        while (wait >= TimeSpan.FromSeconds(1));
    }

    [Fact(Timeout = HangLimit)]
    public async Task Host_ThatStops_EndsOpenStreams()
    {
        await using var events = await EventReader.OpenAsync(Shop.Client);
        await events.UntilAsync("store", _ => true);
        var stopping = Stopwatch.GetTimestamp();

        await Task.WhenAll(Shop.StopAsync(), events.EndAsync());

        Stopwatch.GetElapsedTime(stopping).ShouldBeLessThan(TimeSpan.FromSeconds(25));
    }
}
