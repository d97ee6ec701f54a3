using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Protean.Engine;
using Protean.EventStore.TestServer;
using Protean.Testing;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Stores;

/// <summary>The server goes away under a running host, and comes back.</summary>
public sealed class OutageTests : IAsyncLifetime
{
    private const int HangLimit = 60_000;

    private readonly FakeClock _clock = new();
    private readonly LogRecorder _log = new();
    private readonly ConcurrentQueue<string> _handled = new();
    private readonly List<IHost> _hosts = [];
    private PostgresServer _server = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() =>
        _server = await PostgresServer.StartAsync(new() { Settings = new Dictionary<string, string> { ["synchronous_commit"] = "on" } }, Cancellation);

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts)
            await ((IAsyncDisposable)host).DisposeAsync();
        Npgsql.NpgsqlConnection.ClearAllPools();
        await _server.DisposeAsync();
    }

    [Theory(Timeout = HangLimit)]
    [InlineData(StopMode.Fast)]
    [InlineData(StopMode.Immediate)]
    public async Task Server_StoppedAndStartedWhileTheEngineRuns_IsWaitedForAndEverythingIsDeliveredOnce(StopMode mode)
    {
        var host = await StartAsync();
        var orders = host.Services.GetRequiredService<IRepository<Order>>();
        var inventories = host.Services.GetRequiredService<IRepository<Inventory>>();
        await inventories.SaveAsync(Inventory.Of("b1", 100), Cancellation);
        await Until(() => HasHealthAsync(host, "protean-ready", HealthStatus.Healthy));
        for (var n = 1; n <= 20; n++)
            await orders.SaveAsync(Order.Place($"o{n}"), Cancellation);

        await _server.StopAsync(mode, Cancellation);
        await PassUntil(() => Task.FromResult(Pauses().Contains(" 30 s")));

        (await HasHealthAsync(host, "protean-ready", HealthStatus.Unhealthy)).ShouldBeTrue();
        (await HasHealthAsync(host, "protean-live", HealthStatus.Healthy)).ShouldBeTrue();
        host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested.ShouldBeFalse();
        Pauses().ShouldContain(" 1 s");
        Pauses().ShouldContain(" 16 s");

        await _server.StartAgainAsync(Cancellation);
        await PassUntil(() => HasHealthAsync(host, "protean-ready", HealthStatus.Healthy));
        for (var n = 21; n <= 40; n++)
            await orders.SaveAsync(Order.Place($"o{n}"), Cancellation);
        var caughtUp = host.Services.GetRequiredService<DomainEngine>().WaitUntilCaughtUpAsync(Cancellation);
        await PassUntil(() => Task.FromResult(caughtUp.IsCompleted));
        await caughtUp;

        _handled.Distinct().ShouldBe(Enumerable.Range(1, 40).Select(n => $"o{n}"));
        (await inventories.GetAsync("b1", Cancellation)).Withdrawals.ShouldBe(40);
        await PassUntil(() => Task.FromResult(_log.Lines.Any(l => l.Id == 2004)));
        await host.StopAsync(Cancellation);
    }

    private static async Task<bool> HasHealthAsync(IHost host, string check, HealthStatus status)
    {
        var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(c => c.Name == check, Cancellation);
        return report.Entries[check].Status == status;
    }

    private static async Task Until(Func<Task<bool>> condition)
    {
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (!await condition())
            await look.WaitForNextTickAsync(Cancellation);
    }

    private Task PassUntil(Func<Task<bool>> condition) => Until(async () =>
    {
        if (await condition())
            return true;
        _clock.Advance(TimeSpan.FromSeconds(1));
        return false;
    });

    /// <summary>How long the engine has said that it waits.</summary>
    private HashSet<string> Pauses() => [.. _log.Lines.Where(l => l.Id == 2003).Select(l => l.Text[(l.Text.LastIndexOf(" in ", StringComparison.Ordinal) + 3)..])];

    private async Task<IHost> StartAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddSingleton<ILoggerFactory>(_log);
        builder.Services.AddSingleton<TimeProvider>(_clock);
        builder.Services.AddHealthChecks().AddProteanEngine();
        builder.Services.AddDomain("shop", domain =>
        {
            domain.Aggregate<Order>();
            domain.Aggregate<Inventory>().Raises<StockWithdrawn>();
            domain.EventHandler<Inventory>().Named("withdraw").StreamCategory<Order>().On<OrderPlaced>(async (e, context) =>
            {
                (await context.Repository<Inventory>().GetAsync(e.BookId, context.CancellationToken)).Withdraw(1);
                _handled.Enqueue(e.OrderId);
            });
        })
            .UseStore(_ => new EventStore.PostgresEventStore(new()
            {
                ConnectionString = _server.ConnectionString(),
                PollInterval = TimeSpan.FromMilliseconds(100),
                SettleTimeout = TimeSpan.FromMilliseconds(300),
            }))
            .AddEngine();
        var host = builder.Build();
        _hosts.Add(host);
        await host.StartAsync(Cancellation);
        return host;
    }
}
