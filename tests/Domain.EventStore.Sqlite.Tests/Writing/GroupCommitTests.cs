using Protean.EventStore.Conformance;
using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Sqlite.Tests.Writing;

/// <summary>Many callers at once.</summary>
public sealed class GroupCommitTests : SqliteTest
{
    private int _before;

    [Fact(Timeout = HangLimit)]
    public async Task Commit_ManyCallersWhileTheFileIsLocked_AreWrittenAsOneTransaction()
    {
        const int callers = 200;
        var store = await OpenAsync();
        var (first, rest) = await QueueBehindALockAsync(store, n => Commits.Append(Sample.StreamOf($"{n}"), ExpectedVersion.NoStream, Sample.Message()), callers);

        (await first).Head.ShouldBe(1);
        (await Task.WhenAll(rest)).Select(r => r.Head).Order().ShouldBe(Enumerable.Range(2, callers).Select(n => (long)n));
        Transactions().ShouldBe(2);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Commit_OneInConflictAmongMany_FailsAloneAndLeavesNothing()
    {
        const int callers = 50;
        var store = await OpenAsync();
        var (first, rest) = await QueueBehindALockAsync(store, n => n % 10 == 3 ? Conflict(n) : Commits.Append(Sample.StreamOf($"{n}"), ExpectedVersion.NoStream, Sample.Message()), callers);

        await first;
        var errors = await Task.WhenAll(rest.Select(task => Record.ExceptionAsync(() => task).AsTask()));

        errors.Select((error, n) => (error, n)).ShouldAllBe(e => e.n % 10 == 3 ? e.error is ConcurrencyException : e.error == null);
        Transactions().ShouldBe(2);
        (await LogAsync(store)).Select(m => m.GlobalPosition).ShouldBe(Enumerable.Range(1, 1 + 45).Select(n => (long)n));
        (await store.CountDocumentsAsync(new() { Collection = Sample.Carts }, Cancellation)).ShouldBe(0);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Commit_SameStreamTwiceInABatch_TheSecondSeesTheFirst()
    {
        var store = await OpenAsync();
        var (first, rest) = await QueueBehindALockAsync(store, n => Commits.Append(Sample.StreamOf("same"), n - 1, Sample.Message()), 5);

        await first;
        var results = await Task.WhenAll(rest);

        results.Select(r => r.StreamPositions.Single()).ShouldBe([0L, 1, 2, 3, 4]);
        Transactions().ShouldBe(2);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Commit_QueueIsFull_WaitsForRoomAndCanBeCancelled()
    {
        var store = await OpenAsync(options => options.QueueCapacity = 2);
        using var other = Connect();
        Run(other, "BEGIN IMMEDIATE");
        var writing = Enumerable.Range(0, 3).Select(n => AppendAsync(store, $"{n}")).ToArray();
        using var cancellation = new CancellationTokenSource();
        var cancelled = store.CommitAsync(Commits.Append(Sample.StreamOf("cancelled"), ExpectedVersion.Any, Sample.Message()), cancellation.Token).AsTask();
        var waiting = AppendAsync(store, "waiting");

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        waiting.IsCompleted.ShouldBeFalse();
        Run(other, "COMMIT");

        await Task.WhenAll(writing);
        await waiting;
        (await LogAsync(store)).Select(m => m.Stream.Id.ToString()).Order().ShouldBe(["0", "1", "2", "waiting"]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Commit_FileStaysLocked_EveryMemberIsToldAndTheStoreGoesOn()
    {
        var store = await OpenAsync(options => options.BusyTimeout = TimeSpan.FromMilliseconds(50));
        using (var other = Connect())
        {
            Run(other, "BEGIN IMMEDIATE");
            var errors = await Task.WhenAll(Enumerable.Range(0, 10).Select(n => Record.ExceptionAsync(() => AppendAsync(store, $"{n}")).AsTask()));
            errors.ShouldAllBe(e => e is StoreUnavailableException);
        }

        (await AppendAsync(store, "after")).Head.ShouldBe(1);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Dispose_CommitsAreWaiting_TheyAreWritten()
    {
        var store = await OpenAsync();
        using var other = Connect();
        Run(other, "BEGIN IMMEDIATE");
        var writing = Enumerable.Range(0, 5).Select(n => AppendAsync(store, $"{n}")).ToArray();
        var disposing = store.DisposeAsync().AsTask();
        disposing.IsCompleted.ShouldBeFalse();
        Run(other, "COMMIT");

        await disposing;

        (await Task.WhenAll(writing)).Length.ShouldBe(5);
        (await LogAsync(await OpenAsync())).Count.ShouldBe(5);
    }

    private static Commit Conflict(int n) => new()
    {
        Documents = [Sample.Document($"{n}")],
        Appends = [new(Sample.StreamOf($"{n}"), ExpectedVersion.NoStream, Sample.Messages(2)), new(Sample.StreamOf("first"), ExpectedVersion.NoStream, Sample.Messages(1))],
    };

    /// <summary>Lets one commit wait for the file and the others gather behind it, and then sets the file free.</summary>
    private async Task<(Task<CommitResult> First, Task<CommitResult>[] Others)> QueueBehindALockAsync(SqliteEventStore store, Func<int, Commit> commit, int callers)
    {
        _before = WriteAheadLog.Transactions(FilePath);
        using var other = Connect();
        Run(other, "BEGIN IMMEDIATE");
        var first = AppendAsync(store, "first");
        var rest = Enumerable.Range(0, callers).Select(n => store.CommitAsync(commit(n), Cancellation).AsTask()).ToArray();
        await Task.Yield();
        Run(other, "COMMIT");
        return (first, rest);
    }

    private int Transactions() => WriteAheadLog.Transactions(FilePath) - _before;
}
