using Shouldly;
using Xunit;

namespace Protean.Tests.Storage.Batching;

/// <summary>Cancellation, errors and the end.</summary>
public sealed class GroupCommitEndTests
{
    private const int HangLimit = 60_000;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Commit_CancelledBefore_IsNotBegun()
    {
        var writer = new RecordingWriter();
        await using var commits = GroupCommitTests.Create(writer);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await commits.CommitAsync(GroupCommitTests.Append("a"), new(canceled: true)));

        writer.Written.ShouldBe(0);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Commit_CancelledWhileItWaits_IsNotWritten()
    {
        var (writer, commits, first) = await GroupCommitTests.BusyAsync();
        using var cancellation = new CancellationTokenSource();
        var cancelled = commits.CommitAsync(GroupCommitTests.Append("b"), cancellation.Token).AsTask();
        var waiting = GroupCommitTests.Start(commits, "c");

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        first.Complete();
        var second = await writer.NextAsync();

        second.Streams.ShouldBe(["c"]);
        second.Complete();
        await Task.WhenAll(waiting);
        await commits.DisposeAsync();
    }

    [Theory(Timeout = HangLimit)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Commit_CancelledWhenItIsInABatch_GetsTheOutcome(bool isAlone)
    {
        var writer = new RecordingWriter(isHeld: true);
        var commits = GroupCommitTests.Create(writer);
        Task[] before = isAlone ? [] : GroupCommitTests.Start(commits, "a");
        using var cancellation = new CancellationTokenSource();
        var writing = commits.CommitAsync(GroupCommitTests.Append("b"), cancellation.Token).AsTask();
        if (!isAlone)
            (await writer.NextAsync()).Complete();
        var batch = await writer.NextAsync();

        await cancellation.CancelAsync();
        writing.IsCompleted.ShouldBeFalse();
        batch.Complete();

        (await writing).Head.ShouldBe(1);
        await Task.WhenAll(before);
        await commits.DisposeAsync();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Commit_QueueIsFull_WaitsForRoom()
    {
        var (writer, commits, first) = await GroupCommitTests.BusyAsync(new() { Capacity = 2, MaxCommits = 2 });
        var waiting = GroupCommitTests.Start(commits, "b", "c", "d");

        first.Complete();
        var second = await writer.NextAsync();
        second.Complete();
        var third = await writer.NextAsync();

        second.Streams.ShouldBe(["b", "c"]);
        third.Streams.ShouldBe(["d"]);
        third.Complete();
        await Task.WhenAll(waiting);
        await commits.DisposeAsync();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Commit_CancelledWhileTheQueueIsFull_IsNotWrittenAndTakesNoRoom()
    {
        var (writer, commits, first) = await GroupCommitTests.BusyAsync(new() { Capacity = 1 });
        var waiting = GroupCommitTests.Start(commits, "b");
        using var cancellation = new CancellationTokenSource();
        var cancelled = commits.CommitAsync(GroupCommitTests.Append("c"), cancellation.Token).AsTask();

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        first.Complete();
        (await writer.NextAsync()).Complete();
        await Task.WhenAll(waiting);
        var after = GroupCommitTests.Start(commits, "d");

        var last = await writer.NextAsync();
        last.Streams.ShouldBe(["d"]);
        last.Complete();
        await Task.WhenAll(after);
        await commits.DisposeAsync();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Commit_WriterThrows_ItsMembersFailAndTheNextAreWritten()
    {
        var (writer, commits, first) = await GroupCommitTests.BusyAsync();
        var failing = GroupCommitTests.Start(commits, "b", "c");
        first.Complete();
        var second = await writer.NextAsync();
        var next = GroupCommitTests.Start(commits, "d");
        var error = new InvalidDataException("the disk is gone");

        second.Fail(error);

        foreach (var task in failing)
            (await Assert.ThrowsAsync<InvalidDataException>(() => task)).ShouldBeSameAs(error);
        (await writer.NextAsync()).Complete();
        await Task.WhenAll(next);
        await commits.DisposeAsync();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Commit_WriterThrowsForALoneCommit_ItFails()
    {
        var writer = new RecordingWriter(isHeld: true);
        await using var commits = GroupCommitTests.Create(writer);
        var writing = commits.CommitAsync(GroupCommitTests.Append("a"), Cancellation).AsTask();

        (await writer.NextAsync()).Fail(new InvalidDataException());

        await Assert.ThrowsAsync<InvalidDataException>(() => writing);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Dispose_CommitsAreWaiting_WritesThemAndRefusesNewOnes()
    {
        var (writer, commits, first) = await GroupCommitTests.BusyAsync();
        var waiting = GroupCommitTests.Start(commits, "b", "c");

        var disposing = commits.DisposeAsync().AsTask();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await commits.CommitAsync(GroupCommitTests.Append("d"), Cancellation));
        disposing.IsCompleted.ShouldBeFalse();
        first.Complete();
        (await writer.NextAsync()).Complete();

        await Task.WhenAll(waiting);
        await disposing;
        writer.Disposed.ShouldBe(1);
        writer.Written.ShouldBe(2);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Dispose_CallerWaitsForRoom_IsRefused()
    {
        var (writer, commits, first) = await GroupCommitTests.BusyAsync(new() { Capacity = 1 });
        var waiting = GroupCommitTests.Start(commits, "b");
        var late = commits.CommitAsync(GroupCommitTests.Append("c"), Cancellation).AsTask();

        var disposing = commits.DisposeAsync().AsTask();
        first.Complete();
        (await writer.NextAsync()).Complete();

        await Task.WhenAll(waiting);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => late);
        await disposing;
    }

    [Fact(Timeout = HangLimit)]
    public async Task Commit_VeryManyAtOnce_AllAreWrittenOnce()
    {
        var writer = new RecordingWriter();
        await using var commits = GroupCommitTests.Create(writer, new() { Capacity = 16, MaxCommits = 5 });

        await Task.WhenAll(Enumerable.Range(0, 2_000).Select(n => Task.Run(async () => await commits.CommitAsync(GroupCommitTests.Append($"{n % 7}"), Cancellation), Cancellation)));

        var seen = new Dictionary<string, int>();
        while (seen.Values.Sum() < 2_000)
        {
            var batch = (await writer.NextAsync()).Streams;
            batch.Length.ShouldBeInRange(1, 5);
            batch.ShouldBeUnique();
            foreach (var stream in batch)
                seen[stream] = seen.GetValueOrDefault(stream) + 1;
        }

        seen.Count.ShouldBe(7);
    }
}
