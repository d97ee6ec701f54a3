using Shouldly;
using Xunit;

namespace Protean.EventStore.Conformance;

/// <summary>Waiting for the log to grow.</summary>
public abstract class WaitForAppendConformance(IStoreHarness harness) : StoreConformance(harness)
{
    [Fact(Timeout = HangLimit)]
    public async Task Wait_PositionThatIsPassed_ReturnsTheHead()
    {
        var head = (await AppendAsync(Sample.Stream, 3)).Head;

        (await Store.WaitForAppendAsync(head - 1, Cancellation)).ShouldBe(head);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Wait_AtTheHead_EndsWithTheNextAppend()
    {
        var head = (await AppendAsync(Sample.Stream, 1)).Head;
        var waiting = Store.WaitForAppendAsync(head, Cancellation).AsTask();
        waiting.IsCompleted.ShouldBeFalse();

        var result = await AppendAsync(Sample.Stream, 2);

        (await waiting).ShouldBe(result.Head);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Wait_ManyAtOnce_AllEnd()
    {
        var waiting = Enumerable.Range(0, 20).Select(_ => Store.WaitForAppendAsync(0, Cancellation).AsTask()).ToArray();

        var result = await AppendAsync(Sample.Stream, 1);

        (await Task.WhenAll(waiting)).ShouldAllBe(head => head == result.Head);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Wait_BeyondTheHead_SleepsThroughAppendsBelow()
    {
        var head = (await AppendAsync(Sample.Stream, 1)).Head;
        var far = Store.WaitForAppendAsync(head + 1000, Cancellation).AsTask();
        var near = Store.WaitForAppendAsync(head, Cancellation).AsTask();

        await AppendAsync(Sample.Stream, 1);
        await near;

        far.IsCompleted.ShouldBeFalse();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Wait_CommitWithoutMessages_DoesNotEndIt()
    {
        var waiting = Store.WaitForAppendAsync(0, Cancellation).AsTask();

        await WriteAsync(Sample.Document("a"));
        waiting.IsCompleted.ShouldBeFalse();

        await AppendAsync(Sample.Stream, 1);
        (await waiting).ShouldBe(await HeadAsync());
    }

    [Fact(Timeout = HangLimit)]
    public async Task Wait_RefusedCommit_DoesNotEndIt()
    {
        var waiting = Store.WaitForAppendAsync(0, Cancellation).AsTask();

        await RefusedAsync<ConcurrencyException>(Commits.Append(Sample.Stream, 7, Sample.Message()));

        waiting.IsCompleted.ShouldBeFalse();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Wait_StreamIsArchived_EndsIt()
    {
        var head = (await AppendAsync(Sample.Stream, 1)).Head;
        var waiting = Store.WaitForAppendAsync(head, Cancellation).AsTask();

        await Store.ArchiveStreamAsync(Sample.Stream, 0, Sample.Message(kind: MessageKind.Tombstone), Cancellation);

        (await waiting).ShouldBe(await HeadAsync());
    }

    [Fact(Timeout = HangLimit)]
    public async Task Wait_WhatItReturned_IsVisible()
    {
        var waiting = Store.WaitForAppendAsync(0, Cancellation).AsTask();
        var appending = AppendAsync(Sample.Stream, 1);

        var head = await waiting;

        (await ReadLogAsync()).Messages.ShouldHaveSingleItem().GlobalPosition.ShouldBe(head);
        await appending;
    }

    [Fact(Timeout = HangLimit)]
    public async Task Wait_Cancelled_EndsAndLeavesTheOthersWaiting()
    {
        using var cancellation = new CancellationTokenSource();
        var cancelled = Store.WaitForAppendAsync(0, cancellation.Token).AsTask();
        var other = Store.WaitForAppendAsync(0, Cancellation).AsTask();

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        other.IsCompleted.ShouldBeFalse();
        await AppendAsync(Sample.Stream, 1);
        (await other).ShouldBe(await HeadAsync());
    }

    [Fact(Timeout = HangLimit)]
    public async Task Wait_StoreIsDisposed_Ends()
    {
        var waiting = Store.WaitForAppendAsync(0, Cancellation).AsTask();

        await Store.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Dispose_Twice_IsHarmless()
    {
        await Store.DisposeAsync();
        await Store.DisposeAsync();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Commit_StoreIsDisposed_Fails()
    {
        await Store.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => AppendAsync(Sample.Stream, 1));
    }
}
