using System.Text.Json;
using InventoryOrders.Orders;
using InventoryOrders.Serve.Endpoints;
using InventoryOrders.Stock;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using Protean;
using Protean.Engine;

namespace InventoryOrders.Serve.Live;

/// <summary>What the page shows, read once for everybody who looks at it.</summary>
internal sealed class LiveBoard(
    IView<StockLevel> stock, IView<OrderSummary> orders, DomainEngine engine, IOptions<JsonOptions> json, TimeProvider time, IHostApplicationLifetime lifetime)
{
    /// <summary>The name of the part that says how the store is.</summary>
    public const string Store = "store";

    private const int MostRows = 100;

    /// <summary>How long what was read counts as new.</summary>
    private static readonly TimeSpan _fresh = TimeSpan.FromMilliseconds(200);

    private readonly Lock _gate = new();
    private Task<IReadOnlyList<LivePart>>? _latest;
    private long _begun;

    /// <summary>Reads all parts. Those that cannot be read are left out, and the part <see cref="Store"/> says why.</summary>
    public Task<IReadOnlyList<LivePart>> ReadAsync()
    {
        lock (_gate)
        {
            if (_latest is not { } latest || (latest.IsCompleted && time.GetElapsedTime(_begun) >= _fresh))
            {
                _begun = time.GetTimestamp();
                _latest = latest = ReadPartsAsync(lifetime.ApplicationStopping);
            }

            return latest;
        }
    }

    private async Task<IReadOnlyList<LivePart>> ReadPartsAsync(CancellationToken stopping)
    {
        try
        {
            return
            [
                Part("stock", await stock.QueryAsync(shape: all => all.OrderBy(level => level.BookId).Take(MostRows), cancellationToken: stopping)),
                Part("orders", await OrdersAsync(stopping)),
                Part("subscriptions", await SubscriptionEndpoints.SubscriptionsAsync(engine, stopping)),
                Part("deadLetters", await DeadLetterEndpoints.DeadLettersAsync(engine, stopping)),
                Part(Store, new StoreState(IsAway: false)),
            ];
        }
        catch (StoreUnavailableException)
        {
            return [Part("subscriptions", engine.Status.Subscriptions.Select(SubscriptionView.Of).OrderBy(s => s.Name, StringComparer.Ordinal)), Part(Store, new StoreState(IsAway: true))];
        }
    }

    /// <summary>Those that somebody has to do something with come first.</summary>
    private async Task<IEnumerable<OrderSummary>> OrdersAsync(CancellationToken stopping)
    {
        var open = await OfAsync(OrderStatus.Placed);
        return [.. open, .. await OfAsync(OrderStatus.Shipped), .. await OfAsync(OrderStatus.Cancelled)];

        Task<IReadOnlyList<OrderSummary>> OfAsync(OrderStatus status) =>
            orders.QueryAsync(order => order.Status == status, all => all.OrderByDescending(order => order.OrderId).Take(MostRows), stopping);
    }

    private LivePart Part<T>(string name, T value) => new(name, JsonSerializer.Serialize(value, json.Value.SerializerOptions));

    private sealed record StoreState(bool IsAway);
}

/// <summary>A part of what the page shows.</summary>
internal sealed record LivePart(string Name, string Json);
