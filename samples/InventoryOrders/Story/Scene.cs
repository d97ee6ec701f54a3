using InventoryOrders.Orders;
using InventoryOrders.Stock;
using Protean;
using Protean.Engine;

namespace InventoryOrders.Story;

/// <summary>What a chapter plays in: the shop, its engine, and somebody who tells.</summary>
public sealed class Scene(Domain shop, DomainEngine engine, ITeller teller, TimeProvider time, string run, CancellationToken cancellationToken)
{
    /// <summary>Long enough to take over from a program that was killed.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(45);

    private static readonly TimeSpan _glance = TimeSpan.FromMilliseconds(50);

    public Domain Shop => shop;

    public DomainEngine Engine => engine;

    public ITeller Teller => teller;

    public TimeProvider Time => time;

    public CancellationToken CancellationToken => cancellationToken;

    /// <summary>The id of a book, apart from those of other runs on the same store.</summary>
    public string Book(string name) => $"{name}-{run}";

    public string Order(string number) => $"order-{number}-{run}";

    public Task DoAsync(ICommand command) => shop.ProcessAsync(command, cancellationToken);

    public async Task OrderAsync(string number, string book, int quantity) => await DoAsync(new PlaceOrder(Order(number), Book(book), quantity));

    public async Task ShipAsync(string number) => await DoAsync(new ShipOrder(Order(number)));

    /// <summary>The stock itself.</summary>
    public ValueTask<Inventory> InventoryAsync(string book) => shop.Repository<Inventory>().GetAsync(Book(book), cancellationToken);

    /// <summary>The stock as it is shown, which follows it.</summary>
    public async Task<StockLevel> StockAsync(string book) => await ViewAsync<StockLevel>(Book(book));

    public async Task<OrderSummary> SummaryAsync(string number) => await ViewAsync<OrderSummary>(Order(number));

    /// <summary>Waits until all handlers, of all programs that share the store, have handled what has happened and what followed from it.</summary>
    public Task CaughtUpAsync() => InTimeAsync("The Engine catches up", async patience =>
    {
        await engine.WaitUntilQuietAsync(patience);
        return true;
    });

    /// <summary>Looks again and again until there is something to see.</summary>
    public Task<T> UntilAsync<T>(string what, Func<CancellationToken, Task<T?>> look) where T : class => InTimeAsync(what, async patience =>
    {
        using var glances = new PeriodicTimer(_glance, time);
        while (true)
        {
            if (await look(patience) is { } seen)
                return seen;
            await glances.WaitForNextTickAsync(patience);
        }
    });

    /// <exception cref="CheckFailedException">It is otherwise.</exception>
    public void Check<T>(string what, T found, T expected)
    {
        if (!EqualityComparer<T>.Default.Equals(found, expected))
            throw new CheckFailedException($"{what}: found {found}, expected {expected}");
        teller.Checked(what);
    }

    /// <summary>Does what the domain is to refuse.</summary>
    /// <exception cref="CheckFailedException">It does not refuse.</exception>
    public async Task RefusedAsync(string what, ICommand command)
    {
        try
        {
            await DoAsync(command);
        }
        catch (ValidationException refusal)
        {
            teller.Checked($"{what} is refused: {refusal.Violations[0].Message}");
            return;
        }

        throw new CheckFailedException($"{what} is refused: it was done");
    }

    private async Task<TView> ViewAsync<TView>(string key) where TView : class =>
        await shop.View<TView>().GetAsync(key, cancellationToken) ?? throw new CheckFailedException($"{typeof(TView).Name} shows {key}: it is not there");

    private async Task<T> InTimeAsync<T>(string what, Func<CancellationToken, Task<T>> work)
    {
        using var patience = new CancellationTokenSource(_patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            return await work(both.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new CheckFailedException($"{what}: it did not happen within {_patience.TotalSeconds:0} seconds");
        }
    }
}
