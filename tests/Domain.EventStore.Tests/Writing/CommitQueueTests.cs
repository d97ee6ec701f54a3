using Protean.EventStore.Conformance;
using Protean.EventStore.Tests.Conformance;
using Protean.EventStore.Tests.Stores;
using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Tests.Writing;

/// <summary>Commits that wait for their turn.</summary>
public sealed class CommitQueueTests(ConformanceDatabase database) : PostgresTests(database)
{
    [Fact(Timeout = HangLimit)]
    public async Task CommitAsync_QueueFull_WaitsForRoomAndIsWritten()
    {
        var store = await OpenAsync(options => (options.Writers, options.QueueCapacity) = (1, 2));
        await using var held = await HoldAppendLockAsync();
        var commits = store.Enqueue(Numbered(6));
        await UntilWaitingForLockAsync(1);
        commits.ShouldAllBe(static commit => !commit.IsCompleted);

        await held.ReleaseAsync();

        (await Task.WhenAll(commits)).Select(static result => result.Head).Max().ShouldBe(6);
    }

    [Fact(Timeout = HangLimit)]
    public async Task CommitAsync_CancelledWhileTheQueueIsFull_IsNotWritten()
    {
        var store = await OpenAsync(options => (options.Writers, options.QueueCapacity) = (1, 1));
        using var giveUp = new CancellationTokenSource();
        await using var held = await HoldAppendLockAsync();
        var commits = store.Enqueue(Numbered(2));
        var cancelled = store.CommitAsync(Commits.Append(Sample.StreamOf("cancelled"), ExpectedVersion.NoStream, Sample.Message()), giveUp.Token).AsTask();

        await giveUp.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => cancelled);
        await held.ReleaseAsync();
        (await Task.WhenAll(commits)).Select(static result => result.Head).Max().ShouldBe(2);
    }

    [Fact(Timeout = HangLimit)]
    public async Task CommitAsync_CancelledBeforeItsBatchIsMade_IsNotWritten()
    {
        var store = await OpenAsync(options => options.Writers = 1);
        using var giveUp = new CancellationTokenSource();
        await using var held = await HoldAppendLockAsync();
        var lead = store.Enqueue(Numbered(1));
        await UntilWaitingForLockAsync(1);
        var cancelled = store.CommitAsync(Commits.Append(Sample.StreamOf("cancelled"), ExpectedVersion.NoStream, Sample.Message()), giveUp.Token).AsTask();

        await giveUp.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => cancelled);
        await held.ReleaseAsync();
        await Task.WhenAll(lead);
        (await store.CommitAsync(Commits.Append(Sample.StreamOf("after"), ExpectedVersion.NoStream, Sample.Message()), Cancellation)).HeadBefore.ShouldBe(1);
    }

    [Fact(Timeout = HangLimit)]
    public async Task CommitAsync_CancelledWhenItsBatchIsOnItsWay_HearsTheOutcome()
    {
        var store = await OpenAsync(options => options.Writers = 1);
        using var giveUp = new CancellationTokenSource();
        await using var held = await HoldAppendLockAsync();
        var sealedOne = store.CommitAsync(Numbered(1)[0], giveUp.Token).AsTask();
        await UntilWaitingForLockAsync(1);

        await giveUp.CancelAsync();
        await held.ReleaseAsync();

        (await sealedOne).Head.ShouldBe(1);
    }

    [Fact(Timeout = HangLimit)]
    public async Task DisposeAsync_CommitsWait_AreWrittenFirst()
    {
        var store = await OpenAsync(options => options.Writers = 1);
        await using var held = await HoldAppendLockAsync();
        var commits = store.Enqueue(Numbered(5));
        await UntilWaitingForLockAsync(1);

        var disposing = store.DisposeAsync().AsTask();
        await held.ReleaseAsync();
        await disposing;

        commits.ShouldAllBe(static commit => commit.IsCompletedSuccessfully);
        (await Sql.ScalarAsync<long>($"select count(*) from {Schema}.messages")).ShouldBe(5);
    }

    [Fact(Timeout = HangLimit)]
    public async Task CommitAsync_AfterDisposalHasBegun_IsRefused()
    {
        var store = await OpenAsync(options => options.Writers = 1);
        await using var held = await HoldAppendLockAsync();
        var lead = store.Enqueue(Numbered(1));
        var disposing = store.DisposeAsync().AsTask();

        await Should.ThrowAsync<ObjectDisposedException>(() => store.CommitAsync(Commits.Claim(Sample.Key("k"))).AsTask());

        await held.ReleaseAsync();
        await disposing;
        await Task.WhenAll(lead);
    }

    [Fact(Timeout = HangLimit)]
    public async Task CommitAsync_LockNotToBeHad_IsUnavailableAndNothingIsWritten()
    {
        var store = await OpenAsync(options => options.LockTimeout = TimeSpan.FromMilliseconds(50));
        await using var held = await HoldAppendLockAsync();

        var error = await Should.ThrowAsync<StoreUnavailableException>(() => store.CommitAsync(Numbered(1)[0], Cancellation).AsTask());

        error.Message.ShouldContain("LockTimeout");
        await held.ReleaseAsync();
        (await store.CommitAsync(Numbered(1)[0], Cancellation)).Head.ShouldBe(1);
    }

    private static Commit[] Numbered(int count) =>
        [.. Enumerable.Range(0, count).Select(n => Commits.Append(Sample.StreamOf($"{n}"), ExpectedVersion.NoStream, Sample.Message()))];
}
