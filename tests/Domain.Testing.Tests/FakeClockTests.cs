using Protean.Testing;
using Shouldly;
using Xunit;

namespace Protean.Tests;

public sealed class FakeClockTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly FakeClock _clock = new();

    [Fact]
    public void GetUtcNow_NotMoved_StandsStill() => _clock.GetUtcNow().ShouldBe(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public void GetUtcNow_StartElsewhere_IsInUtc() =>
        new FakeClock(new DateTimeOffset(2031, 5, 1, 12, 0, 0, TimeSpan.FromHours(2))).GetUtcNow().Offset.ShouldBe(TimeSpan.Zero);

    [Fact]
    public void GetElapsedTime_AfterAdvance_IsHowFarItMoved()
    {
        var before = _clock.GetTimestamp();

        _clock.Advance(Second);

        _clock.GetElapsedTime(before).ShouldBe(Second);
    }

    [Fact]
    public void Advance_Backwards_IsRefused() => Should.Throw<ArgumentOutOfRangeException>(() => _clock.Advance(-Second));

    [Fact]
    public void Advance_SeveralTimers_FiresEachAtItsTimeInOrder()
    {
        List<(string, double)> fired = [];
        using var late = Timer("late", 3 * Second, fired);
        using var soon = Timer("soon", Second, fired);
        var start = _clock.GetUtcNow();

        _clock.Advance(5 * Second);

        fired.ShouldBe([("soon", 1), ("late", 3)]);
        (_clock.GetUtcNow() - start).ShouldBe(5 * Second);
    }

    [Fact]
    public void Advance_NotFarEnough_FiresNothing()
    {
        List<(string, double)> fired = [];
        using var timer = Timer("timer", 3 * Second, fired);

        _clock.Advance(2.9 * Second);

        fired.ShouldBeEmpty();
    }

    [Fact]
    public void Advance_OverSeveralPeriods_FiresOncePerPeriod()
    {
        List<(string, double)> fired = [];
        using var timer = Timer("tick", Second, fired, period: 2 * Second);

        _clock.Advance(5 * Second);

        fired.ShouldBe([("tick", 1), ("tick", 3), ("tick", 5)]);
    }

    [Fact]
    public void Advance_WhileItIsMoving_AddsUp()
    {
        var start = _clock.GetUtcNow();
        using var timer = _clock.CreateTimer(_ => _clock.Advance(2 * Second), null, Second, Timeout.InfiniteTimeSpan);

        _clock.Advance(5 * Second);

        (_clock.GetUtcNow() - start).ShouldBe(7 * Second);
    }

    [Fact]
    public void Change_ToInfinite_NeverFires()
    {
        List<(string, double)> fired = [];
        using var timer = Timer("timer", Second, fired);
        timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        _clock.Advance(5 * Second);

        fired.ShouldBeEmpty();
    }

    [Fact]
    public void Change_AfterDispose_IsRefusedAndNeverFires()
    {
        List<(string, double)> fired = [];
        var timer = Timer("timer", Second, fired);
        timer.Dispose();

        timer.Change(Second, Timeout.InfiniteTimeSpan).ShouldBeFalse();

        _clock.Advance(5 * Second);
        fired.ShouldBeEmpty();
    }

    [Fact]
    public void CreateTimer_NegativeDueTime_IsRefused() =>
        Should.Throw<ArgumentOutOfRangeException>(() => _clock.CreateTimer(_ => { }, null, -2 * Second, Timeout.InfiniteTimeSpan));

    [Fact]
    public void CreateTimer_DueAtOnce_Fires()
    {
        List<(string, double)> fired = [];

        using var timer = Timer("timer", TimeSpan.Zero, fired);

        fired.ShouldBe([("timer", 0)]);
    }

    [Fact]
    public async Task Delay_OnTheClock_EndsWhenItHasMoved()
    {
        var delay = Task.Delay(Second, _clock);
        var before = delay.IsCompleted;

        _clock.Advance(Second);

        await delay;
        before.ShouldBeFalse();
    }

    [Fact]
    public async Task Delay_Cancelled_LeavesNoTimer()
    {
        using var cancelling = new CancellationTokenSource();
        var delay = Task.Delay(Second, _clock, cancelling.Token);

        await cancelling.CancelAsync();

        await Should.ThrowAsync<TaskCanceledException>(delay);
        _clock.Waiting.ShouldBe(0);
    }

    [Fact]
    public void CancellationTokenSource_OnTheClock_IsCancelledAtItsLimit()
    {
        using var limit = new CancellationTokenSource(Second, _clock);
        var before = limit.IsCancellationRequested;

        _clock.Advance(Second);

        limit.IsCancellationRequested.ShouldBeTrue();
        before.ShouldBeFalse();
    }

    [Fact]
    public async Task PeriodicTimer_OnTheClock_Ticks()
    {
        using var timer = new PeriodicTimer(Second, _clock);
        var tick = timer.WaitForNextTickAsync();

        _clock.Advance(Second);

        (await tick).ShouldBeTrue();
    }

    [Fact]
    public async Task SkipDelays_ADelay_EndsAtOnceAndMovesTheClock()
    {
        _clock.SkipDelays = true;
        var start = _clock.GetUtcNow();

        await Task.Delay(TimeSpan.FromDays(1), _clock);

        (_clock.GetUtcNow() - start).ShouldBe(TimeSpan.FromDays(1));
    }

    [Fact]
    public async Task SkipDelays_SwitchedOn_LetsThroughWhoWaits()
    {
        var delay = Task.Delay(Second, _clock);

        _clock.SkipDelays = true;

        await delay;
    }

    [Fact]
    public void SkipDelays_ALimit_IsNotReached()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1), _clock);

        _clock.SkipDelays = true;

        limit.IsCancellationRequested.ShouldBeFalse();
    }

    [Fact]
    public async Task SkipDelays_ADelayBeyondALimit_ReachesTheLimit()
    {
        _clock.SkipDelays = true;
        using var limit = new CancellationTokenSource(Second, _clock);

        await Task.Delay(2 * Second, _clock);

        limit.IsCancellationRequested.ShouldBeTrue();
    }

    [Fact]
    public async Task SkipDelays_APeriodicTimer_TicksOnlyAsTheClockGoesOn()
    {
        List<(string, double)> fired = [];
        using var timer = Timer("tick", Second, fired, period: Second);
        _clock.SkipDelays = true;

        await Task.Delay(2 * Second, _clock);

        fired.ShouldBe([("tick", 1), ("tick", 2)]);
    }

    private ITimer Timer(string name, TimeSpan due, List<(string, double)> fired, TimeSpan? period = null)
    {
        var start = _clock.GetUtcNow();
        return _clock.CreateTimer(_ => fired.Add((name, (_clock.GetUtcNow() - start).TotalSeconds)), null, due, period ?? Timeout.InfiniteTimeSpan);
    }
}
