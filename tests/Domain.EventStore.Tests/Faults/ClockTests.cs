using Protean.EventStore.Conformance;
using Protean.EventStore.Tests.Conformance;
using Protean.EventStore.Tests.Stores;
using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Tests.Faults;

/// <summary>The clock of a machine jumps. Order goes by the log, and who is alive by the clock of the database.</summary>
public sealed class ClockTests(ConformanceDatabase database) : PostgresTests(database)
{
    private static readonly TimeSpan _years = TimeSpan.FromDays(3650);
    private static readonly CheckpointKey _handler = new("handler");

    private readonly JumpingClock _clock = new();

    public static TheoryData<TimeSpan> Jumps => new(_years, -_years);

    [Theory(Timeout = HangLimit)]
    [MemberData(nameof(Jumps))]
    public async Task CommitAsync_ClockJumps_PositionsGoOn(TimeSpan jump)
    {
        var store = await OpenAsync(time: _clock);
        await AppendAsync(store);
        _clock.Jump += jump;

        await AppendAsync(store);

        var log = (await store.ReadLogAsync(new() { After = 0, MaxCount = 10 }, Cancellation)).Messages;
        log.Select(static m => (m.GlobalPosition, m.Position)).ShouldBe([(1L, 0L), (2, 1)]);
        log[1].Time.ShouldBe(log[0].Time + jump, TimeSpan.FromMinutes(1));
    }

    [Theory(Timeout = HangLimit)]
    [MemberData(nameof(Jumps))]
    public async Task Lease_OfANodeThatIsAlive_IsKeptWhateverAClockShows(TimeSpan jump)
    {
        var (holder, other) = (await OpenAsync(), await OpenAsync(time: _clock));
        await holder.HeartbeatAsync(new("a", TimeSpan.FromHours(1)), Cancellation);
        await holder.CommitAsync(Commits.Lease(_handler, 0, "a"), Cancellation);
        _clock.Jump += jump;
        await other.HeartbeatAsync(new("b", TimeSpan.FromHours(1)), Cancellation);

        await Should.ThrowAsync<CheckpointLostException>(() => other.CommitAsync(Commits.Lease(_handler, 1, "b"), Cancellation).AsTask());

        (await other.GetCheckpointAsync(_handler, Cancellation))!.OwnerAlive.ShouldBeTrue();
    }

    [Theory(Timeout = HangLimit)]
    [MemberData(nameof(Jumps))]
    public async Task Lease_OfANodeThatIsGone_IsFreeWhateverItsClockHasShown(TimeSpan jump)
    {
        var (holder, other) = (await OpenAsync(time: _clock), await OpenAsync());
        _clock.Jump += jump;
        await holder.HeartbeatAsync(new("a", TimeSpan.FromMilliseconds(50)), Cancellation);
        await holder.CommitAsync(Commits.Lease(_handler, 0, "a"), Cancellation);
        await Sql.UntilAsync($"not exists (select from {Schema}.nodes where alive_until > clock_timestamp())");

        await other.CommitAsync(Commits.Lease(_handler, 1, "b"), Cancellation);

        (await other.GetCheckpointAsync(_handler, Cancellation))!.Owner.ShouldBe("b");
    }

    [Theory(Timeout = HangLimit)]
    [MemberData(nameof(Jumps))]
    public async Task WaitForAppendAsync_ClockJumpsMeanwhile_Wakes(TimeSpan jump)
    {
        var (waiter, other) = (await OpenAsync(time: _clock), await OpenAsync());
        var waiting = waiter.WaitForAppendAsync(0, Cancellation).AsTask();
        _clock.Jump += jump;

        await AppendAsync(other);

        (await waiting).ShouldBe(1);
    }

    private async Task AppendAsync(PostgresEventStore store) =>
        await store.CommitAsync(Commits.Append(Sample.Stream, ExpectedVersion.Any, Sample.Message(time: _clock.GetUtcNow())), Cancellation);

    private sealed class JumpingClock : TimeProvider
    {
        public TimeSpan Jump { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Jump;
    }
}
