using Protean.EventStore.Conformance;
using Protean.EventStore.Tests.Conformance;
using Protean.EventStore.Tests.Stores;
using Protean.EventStore.TestServer;
using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Tests.Writing;

/// <summary>A batch whose client is gone can still be on its way, or wait for its turn, in the server.</summary>
public sealed class LateOriginalTests(ConformanceDatabase database) : ProxiedTests(database)
{
    public static TheoryData<Shape> AllShapes => new(Enum.GetValues<Shape>());

    [Theory(Timeout = HangLimit)]
    [MemberData(nameof(AllShapes))]
    public async Task CommitAsync_ClientLostWhileTheBatchWaitsForTheLock_IsFoundDoneAfterIt(Shape shape)
    {
        var store = await OpenProxiedAsync();
        await using var held = await HoldAppendLockAsync();
        var rule = BatchRule.OnBatch(Proxy, static _ => ProxyAction.Forward);
        var committing = store.CommitAsync(shape.Commit(), Cancellation).AsTask();
        await UntilWaitingForLockAsync(1);
        (await rule.Met).Cut(ProxySides.Client);
        // The batch and, behind it, the question what became of it.
        await UntilWaitingForLockAsync(2);

        await held.ReleaseAsync();

        var result = await committing;
        rule.Batches.ShouldBe(1, "the batch was done, and must not be sent again");
        (await Sql.StoredAsync(Schema)).ShouldBe(shape.Expected());
        (result.HeadBefore, result.Head).ShouldBe((0, shape.Expected().Messages));
    }

    [Theory(Timeout = HangLimit)]
    [MemberData(nameof(AllShapes))]
    public async Task CommitAsync_TheOriginalArrivesAfterItWasWrittenAgain_IsWrittenOnce(Shape shape)
    {
        var store = await OpenProxiedAsync();
        var original = await LoseAsync(() => store.CommitAsync(shape.Commit(), Cancellation).AsTask());

        await DeliverAsync(original.Connection);

        (await original.Committing).Head.ShouldBe(shape.Expected().Messages);
        (await Sql.StoredAsync(Schema)).ShouldBe(shape.Expected());
    }

    [Fact(Timeout = HangLimit)]
    public async Task CommitAsync_TheOriginalArrivesAfterTheDocumentHasChanged_LeavesTheDocumentAlone()
    {
        var store = await OpenProxiedAsync();
        var original = await LoseAsync(() => store.CommitAsync(Commits.Write(Sample.Document("d", """{"total":1}""", expected: ExpectedDocument.Any)), Cancellation).AsTask());
        await original.Committing;
        await store.CommitAsync(Commits.Write(Sample.Document("d", """{"total":2}""", version: 2, expected: 1)), Cancellation);

        await DeliverAsync(original.Connection);

        (await store.LoadDocumentAsync(new(Sample.Carts, "d"), Cancellation))!.Version.ShouldBe(2);
    }

    [Fact(Timeout = HangLimit)]
    public async Task CommitAsync_TheOriginalArrivesAfterItsCallerWasRefused_WritesNothing()
    {
        var other = await OpenAsync();
        var store = await OpenProxiedAsync();
        await using var held = await HoldAppendLockAsync();
        var rule = BatchRule.OnBatch(Proxy, static _ => ProxyAction.Hold);
        var committing = store.CommitAsync(new() { Appends = [new(Sample.StreamOf("new"), ExpectedVersion.Any, Sample.Messages(1))], Documents = [Sample.Document("d")] }, Cancellation).AsTask();
        var connection = await rule.Met;
        await connection.Held;
        // While its connection is lost somebody else makes the document, and takes it away when the caller knows that its commit was refused.
        var making = other.CommitAsync(Commits.Write(Sample.Document("d")), Cancellation).AsTask();
        await UntilWaitingForLockAsync(1);
        connection.Cut(ProxySides.Client);
        await held.ReleaseAsync();
        await making;
        await Should.ThrowAsync<ConcurrencyException>(() => committing);
        await other.CommitAsync(Commits.Write(Sample.Deletion("d", 1)), Cancellation);

        await DeliverAsync(connection);

        (await store.GetHeadAsync(Cancellation)).ShouldBe(0);
        (await store.LoadDocumentAsync(new(Sample.Carts, "d"), Cancellation)).ShouldBeNull();
    }

    /// <summary>Holds a batch on its way and cuts off its client.</summary>
    private async Task<(ProxyConnection Connection, Task<CommitResult> Committing)> LoseAsync(Func<Task<CommitResult>> commit)
    {
        var rule = BatchRule.OnBatch(Proxy, static _ => ProxyAction.Hold);
        var committing = commit();
        var connection = await rule.Met;
        await connection.Held;
        connection.Cut(ProxySides.Client);
        await committing;
        return (connection, committing);
    }

    /// <summary>Lets the server have what was held, and waits until it has done with it.</summary>
    private async Task DeliverAsync(ProxyConnection connection)
    {
        var answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Proxy.Rule = (from, direction, _) =>
        {
            if (from == connection && direction == ProxyDirection.ToClient)
                answered.TrySetResult();
            return ProxyAction.Forward;
        };
        connection.Release();
        await answered.Task.WaitAsync(Cancellation);
        connection.Cut();
        await connection.Closed;
    }
}
