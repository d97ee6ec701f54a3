using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;

namespace Protean.Tests.Model;

public sealed class PastStateTests : IAsyncDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly StandingClock _clock = new(Start);
    private readonly Domain _domain;

    public PastStateTests() => _domain = Domain.Create("Test", d =>
    {
        d.Services.AddSingleton<TimeProvider>(_clock);
        d.Aggregate<Meter>().SnapshotEvery(2);
        d.Aggregate<Gauge>();
        d.UseInMemory();
    });

    private IRepository<Meter> Meters => _domain.Repository<Meter>();

    [Fact]
    public async Task GetAsync_AtAVersion_HasTheStateOfThatVersion()
    {
        await SaveThreeReadingsAsync();

        var past = await Meters.GetAsync("m-1", atVersion: 1);

        (past.Value, past.Version).ShouldBe((20, 1L));
    }

    [Fact]
    public async Task GetAsync_AtAVersionThatNeverWas_IsNotFound()
    {
        await SaveThreeReadingsAsync();

        var error = await Should.ThrowAsync<AggregateNotFoundException>(async () => await Meters.GetAsync("m-1", atVersion: 3));

        error.Message.ShouldContain("'m-1' at version 3");
    }

    [Fact]
    public async Task GetAsync_AtANegativeVersion_IsRefused()
    {
        await SaveThreeReadingsAsync();

        await Should.ThrowAsync<ArgumentOutOfRangeException>(async () => await Meters.GetAsync("m-1", atVersion: -1));
    }

    [Fact]
    public async Task GetAsync_AsOfATime_HasWhatHappenedUntilThen()
    {
        await SaveThreeReadingsAsync();

        var past = await Meters.GetAsync("m-1", asOf: Start.AddHours(1));

        past.Value.ShouldBe(20);
    }

    [Fact]
    public async Task GetAsync_AsOfATimeBeforeItsFirstEvent_IsNotFound()
    {
        await SaveThreeReadingsAsync();

        await Should.ThrowAsync<AggregateNotFoundException>(async () => await Meters.GetAsync("m-1", asOf: Start.AddSeconds(-1)));
    }

    [Fact]
    public async Task GetAsync_AsOfTheFuture_HasEverything()
    {
        await SaveThreeReadingsAsync();

        (await Meters.GetAsync("m-1", asOf: Start.AddYears(1))).Value.ShouldBe(30);
    }

    [Fact]
    public async Task Raise_OnAPastState_IsRefused()
    {
        await SaveThreeReadingsAsync();
        var past = await Meters.GetAsync("m-1", atVersion: 0);

        var error = Should.Throw<BrokenAggregateException>(() => past.Read(99));

        error.Message.ShouldContain("state of the past");
    }

    [Fact]
    public async Task SaveAsync_OfAPastState_IsRefused()
    {
        await SaveThreeReadingsAsync();
        var past = await Meters.GetAsync("m-1", atVersion: 0);

        await Should.ThrowAsync<BrokenAggregateException>(async () => await Meters.SaveAsync(past));
    }

    [Fact]
    public async Task GetAsync_AtAVersionOfAStoredState_SaysThatItHasNoHistory()
    {
        var error = await Should.ThrowAsync<NotSupportedException>(async () => await _domain.Repository<Gauge>().GetAsync("g-1", atVersion: 0));

        error.Message.ShouldContain("Gauge stores its state");
    }

    public ValueTask DisposeAsync() => _domain.DisposeAsync();

    private async Task SaveThreeReadingsAsync()
    {
        var meter = new Meter("m-1");
        foreach (var value in (int[])[10, 20, 30])
        {
            meter.Read(value);
            await Meters.SaveAsync(meter);
            _clock.Now += TimeSpan.FromHours(1);
        }
    }

    public sealed record Measured(int Value) : IDomainEvent;

    public sealed class Meter : EventSourcedAggregate
    {
        public Meter(string id) => Id = id;

        Meter()
        {
        }

        public int Value { get; private set; }

        public void Read(int value) => Raise(new Measured(value));

        void Apply(Measured e) => Value = e.Value;
    }

    public sealed class Gauge : Aggregate;
}
