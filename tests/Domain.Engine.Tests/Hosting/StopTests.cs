using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Protean.Testing;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Hosting;

/// <summary>How the engine stops.</summary>
public sealed class StopTests : Hosts
{
    private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly FakeClock _clock = new();

    [Fact(Timeout = HangLimit)]
    public async Task Scenario_M89_Stop_IsInOrder()
    {
        var host = await StartAsync(
            domain => domain.EventHandler<Order>().On<OrderPlaced>(async (e, _) =>
            {
                _entered.TrySetResult();
                await _goOn.Task;
                Note($"{e.OrderId} is handled");
            }),
            services: s => s.AddHostedService(_ => new HostTests.Other(() => { }, () => Note("the host's services stop"))));
        await UntilAsync(host, "protean-ready", HealthStatus.Healthy);
        await PlaceAsync(host, "o1", "o2");
        await _entered.Task;

        var stopping = host.StopAsync(Cancellation);
        await UntilAsync(host, "protean-ready", HealthStatus.Unhealthy);
        Note("it is not ready");
        (await HealthAsync(host, "protean-live")).Status.ShouldBe(HealthStatus.Healthy);
        await Until(() => Task.FromResult(Log.Lines.Any(l => l.Id == 2024)));
        _goOn.SetResult();
        await stopping;
        await DisposeAsync(host);

        // What was begun is finished, what was not begun is left.
        Order.ShouldBe(["it is not ready", "o1 is handled", "the host's services stop", "the store is closed"]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Signal_ToTheHost_TurnsReadinessOffBeforeTheEngineStops()
    {
        var host = await StartAsync(domain => domain.EventHandler<Order>().On<OrderPlaced>((_, _) => { }));
        await UntilAsync(host, "protean-ready", HealthStatus.Healthy);

        // What the host does at SIGTERM, before anything of it is told to stop.
        host.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();

        (await HealthAsync(host, "protean-ready")).Status.ShouldBe(HealthStatus.Unhealthy);
        EngineOf(host).Status.IsRunning.ShouldBeTrue();
        await host.WaitForShutdownAsync(Cancellation);
        EngineOf(host).Status.IsRunning.ShouldBeFalse();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Stop_WhileAHandlerRuns_WaitsForItsEffects()
    {
        var host = await StartAsync(Withdrawing);
        await PrepareAsync(host);

        var stopping = host.StopAsync(Cancellation);
        stopping.IsCompleted.ShouldBeFalse();
        _goOn.SetResult();
        await stopping;

        (await InStockAsync(host)).ShouldBe(9);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Stop_WithAHandlerBeyondTheDrainLimit_CancelsItAndTheNextEngineHandlesItsMessage()
    {
        var host = await StartAsync(Withdrawing, services: s => s.AddSingleton<TimeProvider>(_clock));
        await PrepareAsync(host);

        var stopping = host.StopAsync(Cancellation);
        await Until(() =>
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            return Task.FromResult(stopping.IsCompleted);
        });

        await stopping;
        Log.Lines.ShouldContain(l => l.Id == 2019);
        Order.ShouldContain("o1 is cancelled");
        (await InStockAsync(host)).ShouldBe(10);
        (await EngineOf(host).DeadLetters.CountAsync(new() { Status = Storage.FailureStatus.Retrying }, Cancellation)).ShouldBe(0);
        _goOn.SetResult();
        var next = await StartAsync(Withdrawing);
        await EngineOf(next).WaitUntilCaughtUpAsync(Cancellation);
        (await InStockAsync(next)).ShouldBe(9);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Stop_WithAHandlerThatIgnoresItsCancellation_RefusesWhatItDoesLater()
    {
        TaskCompletionSource left = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var host = await StartAsync(
            domain => domain.EventHandler<Inventory>().StreamCategory<Order>().On<OrderPlaced>(async (_, context) =>
            {
                _entered.TrySetResult();
                await _goOn.Task;
                (await context.Repository<Inventory>().GetAsync("b1")).Withdraw(1);
                left.TrySetResult();
            }),
            engine => engine.DrainLimit = TimeSpan.Zero);
        await PrepareAsync(host);

        await host.StopAsync(Cancellation);
        _goOn.SetResult();
        await left.Task;
        var next = await StartAsync(Withdrawing);
        await EngineOf(next).WaitUntilCaughtUpAsync(Cancellation);

        (await InStockAsync(next)).ShouldBe(9);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Stop_WhenTheHostsOwnTimeIsOver_DoesNotWaitForTheDrainLimit()
    {
        var host = await StartAsync(Withdrawing, engine => engine.DrainLimit = TimeSpan.FromHours(1), s => s.AddSingleton<TimeProvider>(_clock));
        await PrepareAsync(host);
        using var hurry = new CancellationTokenSource();

        var stopping = EngineOf(host).StopAsync(hurry.Token);
        stopping.IsCompleted.ShouldBeFalse();
        await hurry.CancelAsync();

        await stopping;
        Log.Lines.ShouldContain(l => l.Id == 2019);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Stop_ASecondTime_DoesNothing()
    {
        var host = await StartAsync(domain => domain.EventHandler<Order>().On<OrderPlaced>((_, _) => { }));
        var engine = EngineOf(host);

        await Task.WhenAll(engine.StopAsync(Cancellation), engine.StopAsync(Cancellation));
        await host.StopAsync(Cancellation);
        await engine.DisposeAsync();
        await engine.DisposeAsync();
        await engine.StopAsync(Cancellation);

        Log.Lines.Count(l => l.Id == 2002).ShouldBe(1);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Dispose_WithoutAStop_WhenTheDomainWasAskedForLast_ClosesTheStoreAfterTheEngine()
    {
        var host = await StartAsync(domain => domain.EventHandler<Order>().On<OrderPlaced>(async (e, _) =>
        {
            _entered.TrySetResult();
            await _goOn.Task;
            Note($"{e.OrderId} is handled");
        }));
        _ = host.Services.GetRequiredService<IDomain>();
        await PlaceAsync(host, "o1");
        await _entered.Task;

        var disposing = DisposeAsync(host);
        await Until(() => Task.FromResult(Log.Lines.Any(l => l.Id == 2024)));
        _goOn.SetResult();
        await disposing;

        Order.ShouldBe(["o1 is handled", "the store is closed"]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Start_OfAnEngineThatWasStopped_IsRefused()
    {
        var host = await StartAsync(domain => domain.EventHandler<Order>().On<OrderPlaced>((_, _) => { }));
        await EngineOf(host).StopAsync(Cancellation);

        (await Should.ThrowAsync<InvalidOperationException>(() => EngineOf(host).StartAsync(Cancellation))).Message.ShouldContain("make another one");
    }

    private void Withdrawing(DomainBuilder domain) => domain.EventHandler<Inventory>().StreamCategory<Order>().On<OrderPlaced>(async (e, context) =>
    {
        (await context.Repository<Inventory>().GetAsync("b1")).Withdraw(1);
        _entered.TrySetResult();
        try
        {
            await _goOn.Task.WaitAsync(context.CancellationToken);
        }
        catch (OperationCanceledException)
        {
            Note($"{e.OrderId} is cancelled");
            throw;
        }
    });

    private async Task PrepareAsync(IHost host)
    {
        await host.Services.GetRequiredService<IRepository<Inventory>>().SaveAsync(Inventory.Of("b1", 10), Cancellation);
        await PlaceAsync(host, "o1");
        await _entered.Task;
    }

    private static async Task<int> InStockAsync(IHost host) => (await host.Services.GetRequiredService<IRepository<Inventory>>().GetAsync("b1", Cancellation)).InStock;
}
