using System.Collections.Concurrent;
using Protean.Engine;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Failures;

/// <summary>After many failures in a row a handler is left alone for a while.</summary>
public sealed class BreakerTests : FailingShop
{
    private static readonly TimeSpan Reset = TimeSpan.FromSeconds(60);

    private readonly ConcurrentQueue<string> _called = new();
    private readonly HashSet<string> _sound = [];

    [Fact(Timeout = HangLimit)]
    public async Task Breaker_OpensAtTheThreshold_AndLetsOneProbeThroughAfterThePause()
    {
        var engine = await StartAsync(await PlacedAsync(20), Configure);
        await PausedAsync(engine, 10);
        Log.Lines.Count(l => l.Id == 2014).ShouldBe(1);

        Time.Advance(Reset - TimeSpan.FromMilliseconds(1));
        State(engine).ShouldBe(PartitionState.Paused);
        Time.Advance(TimeSpan.FromMilliseconds(1));
        await PausedAsync(engine, 11);
        Log.Lines.Count(l => l.Id == 2014).ShouldBe(2);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Probe_ThatSucceeds_ClosesTheBreaker()
    {
        _sound.Add("o11");
        var engine = await StartAsync(await PlacedAsync(20), Configure);
        await PausedAsync(engine, 10);

        Time.Advance(Reset);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        _called.Count.ShouldBe(20);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Success_InBetween_BeginsTheCountAnew()
    {
        _sound.Add("o9");
        var engine = await StartAsync(await PlacedAsync(18), Configure);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        _called.Count.ShouldBe(18);
        Log.Lines.ShouldNotContain(l => l.Id == 2014);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Pause_HoldsBackRecoveriesToo_AndTheFirstOneIsTheProbe()
    {
        var engine = await StartAsync(await PlacedAsync(10), o => o.Server.RetryDelay = TimeSpan.FromSeconds(1));
        await PausedAsync(engine, 10);

        Time.Advance(Reset - TimeSpan.FromSeconds(1));
        _called.Count.ShouldBe(10);
        Time.Advance(TimeSpan.FromSeconds(1));
        await PausedAsync(engine, 11);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Effects_ThatTheStoreRefuses_AreFailuresInARow()
    {
        var shop = Desk(domain => domain.EventHandler<Order>().Delivery(o => o.MessagesPerCommit = 4)
            .On<OrderPlaced>((e, context) => context.Repository<Note>().Add(Note.Of(e.OrderId, _sound.Contains("all") ? null : "taken"))));
        await shop.Repository<Note>().SaveAsync(Note.Of("taker", "taken"), Cancellation);
        await PlaceAsync(shop, 20);

        var engine = await StartAsync(shop, Configure);
        await PausedAsync(engine);
        (await RecordsAsync()).Count.ShouldBe(10);

        Time.Advance(Reset);
        await Until(async () => (await RecordsAsync()).Count == 11);
        await PausedAsync(engine);

        _sound.Add("all");
        Time.Advance(Reset);
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        (await RecordsAsync()).Count.ShouldBe(11);
        Log.Lines.Count(l => l.Id == 2014).ShouldBe(2);
    }

    private Task PausedAsync(DomainEngine engine) => Until(() => State(engine) == PartitionState.Paused && Time.Waiting == 3);

    private static void Configure(EngineOptions options) => options.Server.MaxRetries = 0;

    private static PartitionState? State(DomainEngine engine) => engine.Status.Subscriptions.Single().Partitions.SingleOrDefault()?.State;

    /// <summary>Waits for the pause after so many calls; its end stands beside the beat of the node and the recovery.</summary>
    private Task PausedAsync(DomainEngine engine, int calls) =>
        Until(() => _called.Count == calls && State(engine) == PartitionState.Paused && Time.Waiting == 3);

    private async Task<Domain> PlacedAsync(int count)
    {
        var shop = Desk(domain => domain.EventHandler<Order>().On<OrderPlaced>((e, _) =>
        {
            _called.Enqueue(e.OrderId);
            if (!_sound.Contains(e.OrderId))
                throw new InvalidOperationException("no");
        }));
        await PlaceAsync(shop, count);
        return shop;
    }
}
