using Protean.EventStore.Conformance;
using Protean.EventStore.Sqlite.Tests.Processes;
using Protean.Testing;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Sqlite.Tests.Sharing;

/// <summary>Several stores, or processes, on one file.</summary>
public sealed class SharedFileTests : SqliteTest
{
    [Fact(Timeout = HangLimit)]
    public async Task Follow_SeveralStoresWrite_EachMessageIsSeenOnceAndInOrder()
    {
        const int writers = 3;
        const int commits = 60;
        var reader = await OpenAsync();
        var following = Task.Run(() => FollowAsync(reader, writers * commits), Cancellation);

        var written = await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(
            async () =>
            {
                var store = await OpenAsync();
                var positions = new List<long>();
                for (var n = 0; n < commits; n++)
                    positions.Add((await AppendAsync(store, $"{writer}")).Head);
                return positions;
            },
            Cancellation)));

        (await following).ShouldBe(written.SelectMany(p => p).Order());
    }

    [Fact(Timeout = HangLimit)]
    public async Task Wait_AnotherStoreAppends_Ends()
    {
        var (store, other) = (await OpenAsync(), await OpenAsync());
        var waiting = store.WaitForAppendAsync(0, Cancellation).AsTask();
        waiting.IsCompleted.ShouldBeFalse();

        var result = await AppendAsync(other, "1");

        (await waiting).ShouldBe(result.Head);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Wait_AnotherProcessAppends_Ends()
    {
        var store = await OpenAsync();
        var waiting = store.WaitForAppendAsync(0, Cancellation).AsTask();
        await using var other = OtherProcess.Start(OtherRoles.AppendSome, FilePath, "other");

        (await waiting).ShouldBeGreaterThan(0);
        (await store.WaitForAppendAsync(OtherRoles.Some - 1, Cancellation)).ShouldBe(OtherRoles.Some);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Wait_AnotherStoreHasAppendedBefore_EndsAtOnce()
    {
        var (store, other) = (await OpenAsync(options => options.PollInterval = TimeSpan.FromHours(1)), await OpenAsync());
        var head = (await AppendAsync(other, "1")).Head;

        (await store.WaitForAppendAsync(0, Cancellation)).ShouldBe(head);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Wait_ClockStandsStill_LooksOnlyWhenTheIntervalHasPassed()
    {
        var clock = new FakeClock();
        var store = Store(options => options.PollInterval = TimeSpan.FromSeconds(5), clock);
        var other = await OpenAsync();
        await store.InitializeAsync(Sample.Definition, Cancellation);
        var waiting = store.WaitForAppendAsync(0, Cancellation).AsTask();
        await AppendAsync(other, "1");
        waiting.IsCompleted.ShouldBeFalse();

        clock.Advance(TimeSpan.FromSeconds(5));

        (await waiting).ShouldBe(1);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Commit_AnotherStoreWasFaster_IsRefused()
    {
        var (store, other) = (await OpenAsync(), await OpenAsync());
        await AppendAsync(store, "1");
        await AppendAsync(other, "1", expectedVersion: 0);

        var error = await Assert.ThrowsAsync<ConcurrencyException>(() => AppendAsync(store, "1", expectedVersion: 0));

        error.Actual.ShouldBe(1);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Lease_NodeThatIsHeardOfByAnotherStore_IsRespected()
    {
        var (store, other) = (await OpenAsync(), await OpenAsync());
        await other.HeartbeatAsync(new("other", TimeSpan.FromMinutes(5)), Cancellation);
        await other.CommitAsync(Commits.Lease(new("handler"), 0, "other"), Cancellation);

        var error = await Assert.ThrowsAsync<CheckpointLostException>(async () => await store.CommitAsync(Commits.Lease(new("handler"), 1, "mine"), Cancellation));

        error.Message.ShouldContain("'other'");
    }

    private static async Task<List<long>> FollowAsync(SqliteEventStore store, int count)
    {
        var seen = new List<long>();
        var after = 0L;
        while (seen.Count < count)
        {
            await store.WaitForAppendAsync(after, Cancellation);
            var page = await store.ReadLogAsync(new() { After = after, MaxCount = 7 }, Cancellation);
            seen.AddRange(page.Messages.Select(m => m.GlobalPosition));
            after = page.ScannedTo;
        }

        return seen;
    }
}
