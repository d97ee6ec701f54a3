using Protean.EventStore.Conformance;
using Protean.Storage;
using Protean.Storage.Batching;
using Shouldly;
using Xunit;

namespace Protean.Tests.Storage.Batching;

public sealed class GroupCommitTests
{
    private const int HangLimit = 60_000;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Commit_Alone_IsWrittenAtOnceOnTheCallersThread()
    {
        var writer = new RecordingWriter();
        await using var commits = Create(writer);

        var writing = commits.CommitAsync(Append("a"), Cancellation);

        writing.IsCompletedSuccessfully.ShouldBeTrue();
        (await writer.NextAsync()).Streams.ShouldBe(["a"]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Commit_WhatWaits_BecomesOneBatchInItsOrder()
    {
        var (writer, commits, first) = await BusyAsync();
        var waiting = Start(commits, "b", "c", "d");

        first.Complete();
        var second = await writer.NextAsync();

        second.Streams.ShouldBe(["b", "c", "d"]);
        await EndAsync(commits, waiting, second);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Commit_SameRow_WaitsForTheNextBatchAndKeepsItsOrder()
    {
        var (writer, commits, first) = await BusyAsync();
        var waiting = Start(commits, "b", "c", "b", "d", "b");

        first.Complete();
        var second = await writer.NextAsync();
        second.Complete();
        var third = await writer.NextAsync();
        third.Complete();
        var fourth = await writer.NextAsync();

        second.Streams.ShouldBe(["b", "c", "d"]);
        third.Streams.ShouldBe(["b"]);
        fourth.Streams.ShouldBe(["b"]);
        await EndAsync(commits, waiting, fourth);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Commit_SameRowWhenRowsAreShared_StandsInOneBatch()
    {
        var (writer, commits, first) = await BusyAsync(new() { SharesRows = true });
        var waiting = Start(commits, "b", "b", "b");

        first.Complete();
        var second = await writer.NextAsync();

        second.Streams.ShouldBe(["b", "b", "b"]);
        await EndAsync(commits, waiting, second);
    }

    [Theory(Timeout = HangLimit)]
    [MemberData(nameof(SameRows))]
    public async Task Commit_SameRowOfAnyKind_StandsInABatchOnce(Commit left, Commit right)
    {
        var (writer, commits, first) = await BusyAsync();
        Task[] waiting = [commits.CommitAsync(left, Cancellation).AsTask(), commits.CommitAsync(right, Cancellation).AsTask()];

        first.Complete();
        var second = await writer.NextAsync();
        second.Streams.ShouldHaveSingleItem();
        second.Complete();

        await EndAsync(commits, waiting, await writer.NextAsync());
    }

    [Fact(Timeout = HangLimit)]
    public async Task Commit_MoreThanABatchHolds_GoesWithTheNext()
    {
        var (writer, commits, first) = await BusyAsync(new() { MaxCommits = 2 });
        var waiting = Start(commits, "b", "c", "d");

        first.Complete();
        var second = await writer.NextAsync();
        second.Complete();
        var third = await writer.NextAsync();

        second.Streams.ShouldBe(["b", "c"]);
        third.Streams.ShouldBe(["d"]);
        await EndAsync(commits, waiting, third);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Commit_MoreBytesThanABatchHolds_GoesWithTheNextAndALargerOneAlone()
    {
        var (writer, commits, first) = await BusyAsync(new() { MaxBytes = 3_000 });
        Task[] waiting = [.. new[] { ("b", 1_000), ("c", 1_000), ("d", 9_000), ("e", 1_000) }.Select(c => commits.CommitAsync(Append(c.Item1, c.Item2), Cancellation).AsTask())];

        first.Complete();
        var second = await writer.NextAsync();
        second.Complete();
        var third = await writer.NextAsync();
        third.Complete();
        var fourth = await writer.NextAsync();

        second.Streams.ShouldBe(["b", "c"]);
        third.Streams.ShouldBe(["d"]);
        fourth.Streams.ShouldBe(["e"]);
        await EndAsync(commits, waiting, fourth);
    }

    [Theory(Timeout = HangLimit)]
    [MemberData(nameof(Lonely))]
    public async Task Commit_ThatGoesAlone_GoesAlone(Commit lonely)
    {
        var (writer, commits, first) = await BusyAsync();
        Task[] waiting = [commits.CommitAsync(Append("b"), Cancellation).AsTask(), commits.CommitAsync(lonely, Cancellation).AsTask(), commits.CommitAsync(Append("d"), Cancellation).AsTask()];

        first.Complete();
        var second = await writer.NextAsync();
        second.Complete();
        var third = await writer.NextAsync();
        third.Complete();
        var fourth = await writer.NextAsync();

        new[] { second, third, fourth }.Select(b => b.Streams.Single()).ShouldBe(["b", "alone", "d"]);
        await EndAsync(commits, waiting, fourth);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Commit_TwoWriters_SecondStartsWhenAsManyWaitAsAreBeingWritten()
    {
        RecordingWriter other = new(isHeld: true), starting = new(isHeld: true);
        var commits = new GroupCommit(typeof(GroupCommitTests), [other, starting], new() { Overlap = 2 });
        var waiting = Start(commits, "a", "b", "c", "d", "e");

        var first = await starting.NextAsync();
        var second = await other.NextAsync();
        first.Streams.ShouldBe(["a"]);
        second.Streams.ShouldBe(["b", "c"]);
        second.Complete();
        var third = await other.NextAsync();
        third.Streams.ShouldBe(["d", "e"]);
        third.Complete();
        first.Complete();

        await Task.WhenAll(waiting);
        await commits.DisposeAsync();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Commit_TwoWritersAndTheSameRow_WaitsUntilTheRowIsWritten()
    {
        RecordingWriter other = new(isHeld: true), starting = new(isHeld: true);
        var commits = new GroupCommit(typeof(GroupCommitTests), [other, starting], new() { Overlap = 1 });
        var waiting = Start(commits, "a", "a", "b");

        var first = await starting.NextAsync();
        var second = await other.NextAsync();
        first.Streams.ShouldBe(["a"]);
        second.Streams.ShouldBe(["b"]);
        second.Complete();
        await waiting[2];
        first.Complete();
        var third = await starting.NextAsync();
        third.Streams.ShouldBe(["a"]);
        third.Complete();

        await Task.WhenAll(waiting);
        await commits.DisposeAsync();
    }

    public static TheoryData<Commit, Commit> SameRows()
    {
        var checkpoint = new CheckpointKey("handler", 1);
        var failure = new FailureKey("handler", "Handle", 7);
        var id = Guid.CreateVersion7();
        return new()
        {
            { With("l", id), With("r", id) },
            { With("l", document: Sample.Document("a")), With("r", document: Sample.Deletion("a", 1)) },
            { With("l", move: new(checkpoint, 0, 1, 0)), With("r", lease: new(checkpoint, 0, "a")) },
            { With("l", failure: new(failure, 0, null)), With("r", failure: new(failure, 1, null)) },
            { With("l", claim: Sample.Key("k")), With("r", release: new("Shop.PlaceOrder", "k", "hash")) },
            { With("l", mark: new("handler", "Handle", 7)), With("r", mark: new("handler", "Handle", 7)) },
        };
    }

    public static TheoryData<Commit> Lonely() =>
    [
        new Commit { Appends = Append("alone").Appends, UserWork = [(_, _, _) => Task.CompletedTask] },
        new Commit { Appends = Append("alone").Appends, Generations = [new(Sample.Carts, GenerationAction.Begin, 1, 0)] },
        new Commit { Appends = Append("alone").Appends, FailurePurges = [new("handler")] },
    ];

    internal static GroupCommit Create(RecordingWriter writer, BatchRules? rules = null) => new(typeof(GroupCommitTests), [writer], rules ?? new());

    internal static Commit Append(string id, int bytes = 10) =>
        Commits.Append(Sample.StreamOf(id), ExpectedVersion.Any, Sample.Message(body: new('x', bytes)));

    /// <summary>A writer that is busy with a first batch, so that what comes next waits.</summary>
    internal static async Task<(RecordingWriter Writer, GroupCommit Commits, Batch First)> BusyAsync(BatchRules? rules = null)
    {
        var writer = new RecordingWriter(isHeld: true);
        var commits = Create(writer, rules);
        _ = commits.CommitAsync(Append("a"), Cancellation).AsTask();
        return (writer, commits, await writer.NextAsync());
    }

    internal static Task[] Start(GroupCommit commits, params string[] streams) =>
        [.. streams.Select(s => commits.CommitAsync(Append(s), Cancellation).AsTask())];

    private static async Task EndAsync(GroupCommit commits, Task[] waiting, Batch last)
    {
        last.Complete();
        await Task.WhenAll(waiting);
        await commits.DisposeAsync();
    }

    private static Commit With(
        string stream,
        Guid? id = null,
        DocumentWrite? document = null,
        CheckpointMove? move = null,
        LeaseChange? lease = null,
        FailureWrite? failure = null,
        KeyClaim? claim = null,
        KeyRelease? release = null,
        HandledMark? mark = null) => new()
        {
            Id = id,
            Appends = Append(stream).Appends,
            Documents = document is { } d ? [d] : [],
            Checkpoints = move is { } m ? [m] : [],
            Leases = lease is { } l ? [l] : [],
            Failures = failure is { } f ? [f] : [],
            Keys = claim is { } c ? [c] : [],
            KeyReleases = release is { } r ? [r] : [],
            Marks = mark is { } k ? [k] : [],
        };
}
