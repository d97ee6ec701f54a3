using InventoryOrders.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Protean;
using Protean.Engine;
using Xunit;

namespace InventoryOrders.Tests.Hosting;

/// <summary>The shop in hosts as programs have them, with the engine inside.</summary>
public abstract class HostedShop(IShopPlace place) : IAsyncDisposable
{
    protected const int HangLimit = 60_000;

    private readonly List<IHost> _hosts = [];
    private readonly string _run = Guid.NewGuid().ToString("N")[..6];

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts)
            await ((IAsyncDisposable)host).DisposeAsync();
        await place.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Tests of a class may share a database.</summary>
    protected string Id(string name) => $"{name}-{_run}";

    /// <summary>Starts a program on the shop.</summary>
    protected async Task<RunningShop> OpenAsync()
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        builder.Services.AddShop(place.Open(), ShopBroker.InMemory());
        var host = builder.Build();
        _hosts.Add(host);
        await host.StartAsync(Cancellation);
        return new(host);
    }

    /// <summary>Waits until something has come about; the test's time limit ends it otherwise.</summary>
    protected static async Task Until(Func<Task<bool>> condition)
    {
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (!await condition())
            await look.WaitForNextTickAsync(Cancellation);
    }
}

/// <summary>A program that runs.</summary>
public sealed class RunningShop(IHost host)
{
    public Domain Domain { get; } = host.Services.GetRequiredService<Domain>();

    public DomainEngine Engine { get; } = host.Services.GetRequiredService<DomainEngine>();

    public Task DoAsync(ICommand command) => Domain.ProcessAsync(command, TestContext.Current.CancellationToken);

    public async Task<TView?> ViewAsync<TView>(string key) where TView : class => await Domain.View<TView>().GetAsync(key, TestContext.Current.CancellationToken);

    /// <summary>Waits for what has happened, and for what follows from it.</summary>
    public Task CaughtUpAsync() => Engine.WaitUntilQuietAsync(TestContext.Current.CancellationToken);

    public Task StopAsync() => host.StopAsync(TestContext.Current.CancellationToken);
}
