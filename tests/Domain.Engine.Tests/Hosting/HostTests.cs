using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Protean.Engine;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Hosting;

/// <summary>The engine in a host: how it starts, and what cannot end it.</summary>
public sealed class HostTests : Hosts
{
    [Fact(Timeout = HangLimit)]
    public async Task Host_WithAnEngine_Delivers()
    {
        ConcurrentQueue<string> handled = new();
        var host = await StartAsync(domain => domain.EventHandler<Order>().On<OrderPlaced>((e, _) => handled.Enqueue(e.OrderId)));

        await PlaceAsync(host, "o1", "o2");
        await EngineOf(host).WaitUntilCaughtUpAsync(Cancellation);

        handled.ShouldBe(["o1", "o2"]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Engine_StartsAfterEverythingElseOfTheHost()
    {
        var host = Build(
            domain => domain.EventHandler<Order>().On<OrderPlaced>((_, _) => { }),
            services: s => s.AddHostedService(p => new Other(() => Note($"running: {p.GetRequiredService<DomainEngine>().Status.IsRunning}"), () => { })));

        await host.StartAsync(Cancellation);

        Order.ShouldBe(["running: False"]);
        EngineOf(host).Status.IsRunning.ShouldBeTrue();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Scenario_M87_NoHandlers_WarnsOnceAndIdles()
    {
        var host = await StartAsync(_ => { });

        Log.Lines.Where(l => l.Level >= LogLevel.Warning).Select(l => l.Id).ShouldBe([2001]);
        (EngineOf(host).Status.IsRunning, EngineOf(host).Status.IsReady).ShouldBe((true, true));
        await host.StopAsync(Cancellation);
        Log.Lines.Count(l => l.Id == 2002).ShouldBe(1);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Configuration_OfTheHost_IsWhatTheEngineWorksBy()
    {
        var host = await StartAsync(
            domain =>
            {
                domain.EventHandler<Order>().Named("sales").On<OrderPlaced>((_, _) => { });
                domain.CommandHandler<Order>().On<ShipOrder>(c => c.OrderId, (order, _) => order.Ship());
            },
            engine => engine.Node += "-of-code",
            configuration: [new("Protean:Engine:Node", "n1"), new("Protean:Server:Partitions", "3"), new("Protean:Handlers:sales:Partitions", "2")]);
        var engine = EngineOf(host);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        var status = await engine.GetStatusAsync(Cancellation);

        status.Node.ShouldBe("n1-of-code");
        status.Subscriptions.ToDictionary(s => s.Handler, s => s.Partitions.Count).ShouldBe(new Dictionary<string, int> { ["sales"] = 2, ["order:command"] = 3 }, ignoreOrder: true);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Configuration_WithMistakes_StopsTheHostAtStartWithAllOfThem()
    {
        var host = Build(
            domain => domain.EventHandler<Order>().Named("sales").On<OrderPlaced>((_, _) => { }),
            services: s => s.AddHostedService(_ => new Other(() => Note("started"), () => { })),
            configuration: [new("Protean:Engine:Nod", "n1"), new("Protean:Server:Partitions", "0"), new("Protean:Handlers:sale:MaxRetries", "2")]);

        var error = await Should.ThrowAsync<DomainConfigurationException>(() => host.StartAsync(Cancellation));

        error.Findings.Count.ShouldBe(3);
        error.Message.ShouldSatisfyAllConditions(m => m.ShouldContain("Protean:Engine:Nod"), m => m.ShouldContain("Protean:Server:Partitions"), m => m.ShouldContain("Protean:Handlers:sale"));
        Order.ShouldBeEmpty();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Store_AwayWhenTheEngineStarts_IsWaitedFor()
    {
        ConcurrentQueue<string> handled = new();
        var clock = new Testing.FakeClock();
        var host = Build(
            domain => domain.EventHandler<Order>().On<OrderPlaced>((e, _) => handled.Enqueue(e.OrderId)),
            services: s => s.AddSingleton<TimeProvider>(clock).AddHostedService(_ => new Other(() => Faulty!.IsAway = true, () => { })));

        await host.StartAsync(Cancellation);

        await Until(() => Task.FromResult(Log.Lines.Any(l => l.Id == 2003)));
        EngineOf(host).Status.IsRunning.ShouldBeTrue();
        Faulty!.IsAway = false;
        await PlaceAsync(host, "o1");
        await Until(() =>
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            return Task.FromResult(!handled.IsEmpty);
        });
        handled.ShouldBe(["o1"]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Store_AwayWhileTheEngineRuns_IsWaitedForAndNothingIsLost()
    {
        ConcurrentQueue<string> handled = new();
        var clock = new Testing.FakeClock();
        var host = await StartAsync(
            domain => domain.EventHandler<Inventory>().StreamCategory<Order>().On<OrderPlaced>(async (e, context) =>
            {
                handled.Enqueue(e.OrderId);
                (await context.Repository<Inventory>().GetAsync("b1")).Withdraw(1);
            }),
            services: s => s.AddSingleton<TimeProvider>(clock));
        await host.Services.GetRequiredService<IRepository<Inventory>>().SaveAsync(Inventory.Of("b1", 10), Cancellation);
        await EngineOf(host).WaitUntilCaughtUpAsync(Cancellation);
        Faulty!.IsAway = true;
        await Until(() =>
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            return Task.FromResult(Log.Lines.Any(l => l.Id == 2003));
        });

        Faulty.IsAway = false;
        await PlaceAsync(host, "o1", "o2");
        await Until(() =>
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            return Task.FromResult(handled.Count == 2);
        });
        await EngineOf(host).WaitUntilCaughtUpAsync(Cancellation);

        (await host.Services.GetRequiredService<IRepository<Inventory>>().GetAsync("b1", Cancellation)).InStock.ShouldBe(8);
        host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested.ShouldBeFalse();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Store_AwayWhenTheEngineStops_EndsInPeace()
    {
        var host = await StartAsync(domain => domain.EventHandler<Order>().On<OrderPlaced>((_, _) => { }));
        await EngineOf(host).WaitUntilCaughtUpAsync(Cancellation);
        Faulty!.IsAway = true;

        await host.StopAsync(Cancellation);

        Log.Lines.ShouldContain(l => l.Id == 2020);
        Log.Lines.ShouldContain(l => l.Id == 2002);
    }

    internal sealed class Other(Action started, Action stopped) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            started();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken)
        {
            stopped();
            return Task.CompletedTask;
        }
    }
}
