using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Protean.Engine;
using Protean.Storage;
using Protean.Testing;
using Xunit;

namespace Protean.Tests.Shop;

/// <summary>A shop on a store, in memory if nothing is said, with engines that are started and stopped as a test needs them.</summary>
public abstract class EngineTests : IAsyncLifetime
{
    protected const int HangLimit = 30_000;

    private readonly IShopStore _stores;
    private readonly List<DomainEngine> _engines = [];
    private readonly List<Domain> _domains = [];

    protected EngineTests(IShopStore? stores = null)
    {
        _stores = stores ?? new MemoryShop();
        Store = _stores.Open();
    }

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The store as the test itself looks at it.</summary>
    protected IEventStore Store { get; }

    protected FakeClock? Clock { get; init; }

    internal LogRecorder Log { get; } = new();

    public async ValueTask InitializeAsync() => await Store.InitializeAsync(new("shop", []), Cancellation);

    public async ValueTask DisposeAsync()
    {
        foreach (var engine in _engines)
            await engine.DisposeAsync();
        foreach (var domain in _domains)
            await domain.DisposeAsync();
        await Store.DisposeAsync();
        await _stores.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>A process: a domain of its own on the shared store.</summary>
    /// <param name="declare">What it has beside orders and inventories.</param>
    /// <param name="open">Opens the store in a way of its own.</param>
    protected Domain Shop(Action<DomainBuilder> declare, Func<IShopStore, IEventStore>? open = null)
    {
        var domain = Domain.Create("shop", builder =>
        {
            builder.Aggregate<Order>();
            builder.Aggregate<Inventory>().Raises<StockWithdrawn>();
            builder.UseStore(_ => open is null ? _stores.Open() : open(_stores));
            builder.Services.AddSingleton<ILoggerFactory>(Log);
            if (Clock is not null)
                builder.Services.AddSingleton<TimeProvider>(Clock);
            declare(builder);
        });
        _domains.Add(domain);
        return domain;
    }

    protected DomainEngine Engine(Domain domain, Action<EngineOptions>? configure = null)
    {
        var engine = new DomainEngine(domain, configure);
        _engines.Add(engine);
        return engine;
    }

    protected async Task<DomainEngine> StartAsync(Domain domain, Action<EngineOptions>? configure = null)
    {
        var engine = Engine(domain, configure);
        await engine.StartAsync(Cancellation);
        return engine;
    }

    protected static async Task PlaceAsync(Domain domain, int count, Func<int, string>? id = null, string book = "b1")
    {
        for (var n = 1; n <= count; n++)
            await domain.Repository<Order>().SaveAsync(Order.Place(id?.Invoke(n) ?? $"o{n}", book), Cancellation);
    }

    protected static int Owned(DomainEngine engine) => engine.Status.Subscriptions.Sum(s => s.Partitions.Count);

    /// <summary>Waits until something has come about; the test's time limit ends it otherwise.</summary>
    protected static Task Until(Func<bool> condition) => Until(() => Task.FromResult(condition()));

    /// <summary>Waits until something has come about; the test's time limit ends it otherwise.</summary>
    protected static async Task Until(Func<Task<bool>> condition)
    {
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(2));
        while (!await condition())
            await look.WaitForNextTickAsync(Cancellation);
    }
}
