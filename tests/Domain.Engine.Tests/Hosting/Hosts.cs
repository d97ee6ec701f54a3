using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Protean.Engine;
using Protean.Storage;
using Protean.Tests.Diagnostics;
using Protean.Tests.Shop;
using Xunit;

namespace Protean.Tests.Hosting;

/// <summary>A shop in a generic host, as an application has it.</summary>
public abstract class Hosts : IAsyncDisposable
{
    protected const int HangLimit = 30_000;

    private readonly List<IHost> _hosts = [];

    private protected InMemoryEventStore Store { get; } = new();

    private protected LogRecorder Log { get; } = new();

    private protected Queue<string> Order { get; } = new();

    private protected FaultyStore? Faulty { get; private set; }

    protected Action<EngineHealthOptions>? Limits { get; set; }

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts)
            await DisposeAsync(host);
        GC.SuppressFinalize(this);
    }

    protected static ValueTask DisposeAsync(IHost host) => ((IAsyncDisposable)host).DisposeAsync();

    protected IHost Build(
        Action<DomainBuilder> declare, Action<EngineOptions>? engine = null, Action<IServiceCollection>? services = null, IEnumerable<KeyValuePair<string, string?>>? configuration = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddSingleton<ILoggerFactory>(Log);
        builder.Configuration.AddInMemoryCollection(configuration);
        builder.Services.AddHealthChecks().AddProteanEngine(Limits);
        builder.Services.AddDomain("shop", domain =>
        {
            domain.Aggregate<Order>();
            domain.Aggregate<Inventory>().Raises<StockWithdrawn>();
            declare(domain);
        })
            .UseStore(_ => Faulty = new(Store) { Closed = () => Note("the store is closed") })
            .AddEngine(engine);
        services?.Invoke(builder.Services);
        var host = builder.Build();
        _hosts.Add(host);
        return host;
    }

    protected async Task<IHost> StartAsync(
        Action<DomainBuilder> declare, Action<EngineOptions>? engine = null, Action<IServiceCollection>? services = null, IEnumerable<KeyValuePair<string, string?>>? configuration = null)
    {
        var host = Build(declare, engine, services, configuration);
        await host.StartAsync(Cancellation);
        return host;
    }

    protected static DomainEngine EngineOf(IHost host) => host.Services.GetRequiredService<DomainEngine>();

    protected static async Task PlaceAsync(IHost host, params string[] orders)
    {
        foreach (var id in orders)
            await host.Services.GetRequiredService<IRepository<Order>>().SaveAsync(Shop.Order.Place(id), Cancellation);
    }

    protected static async Task<HealthReportEntry> HealthAsync(IHost host, string check) =>
        (await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(c => c.Name == check, Cancellation)).Entries[check];

    protected static async Task UntilAsync(IHost host, string check, HealthStatus status) =>
        await Until(async () => (await HealthAsync(host, check)).Status == status);

    protected static async Task Until(Func<Task<bool>> condition)
    {
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(2));
        while (!await condition())
            await look.WaitForNextTickAsync(Cancellation);
    }

    protected void Note(string what)
    {
        lock (Order)
            Order.Enqueue(what);
    }
}
