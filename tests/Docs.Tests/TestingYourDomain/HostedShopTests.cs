using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Protean.Docs.Shop;
using Protean.Engine;
using Protean.Testing;
using Xunit;

namespace Protean.Docs.TestingYourDomain;

public sealed class HostedShopTests : IAsyncLifetime
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid()}.db");
    private readonly IHost _host;

    public HostedShopTests()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddDomain("shop", ShopDomain.Declare).UseSqlite(_file).AddEngine();
        builder.Services.AddRecordingEventBus();
        _host = builder.Build();
    }

    public async ValueTask InitializeAsync() => await _host.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
        foreach (var file in Directory.GetFiles(Path.GetTempPath(), Path.GetFileName(_file) + "*"))
            File.Delete(file);
    }

    [Fact(Timeout = 60_000)]
    public async Task AShippedOrder_LowersTheStock()
    {
        var shop = _host.Services.GetRequiredService<IDomain>();
        await shop.Repository<Inventory>().SaveAsync(Inventory.Count("dune", 100));
        await shop.ProcessAsync(new PlaceOrder("o-1", "dune", 10));
        await shop.ProcessAsync(new ShipOrder("o-1"));

        await _host.Services.GetRequiredService<DomainEngine>().WaitUntilCaughtUpAsync(TestContext.Current.CancellationToken);

        Assert.Equal(90, (await shop.Repository<Inventory>().GetAsync("dune")).InStock);
        _host.Services.GetRequiredService<RecordingEventBus>().ShouldHavePublished<OrderPlaced>();
    }
}
