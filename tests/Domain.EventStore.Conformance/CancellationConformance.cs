using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Conformance;

/// <summary>A call that is cancelled before it begins does nothing.</summary>
public abstract class CancellationConformance(IStoreHarness harness) : StoreConformance(harness)
{
    private static readonly CancellationToken Cancelled = new(canceled: true);

    [Fact]
    public async Task Commit_Cancelled_WritesNothing()
    {
        await CancelledAsync(() => Store.CommitAsync(Commits.Append(Sample.Stream, ExpectedVersion.Any, Sample.Message()), Cancelled));

        (await ReadLogAsync()).Messages.ShouldBeEmpty();
    }

    [Fact]
    public async Task Archive_Cancelled_WritesNothing()
    {
        await AppendAsync(Sample.Stream, 1);

        await CancelledAsync(() => Store.ArchiveStreamAsync(Sample.Stream, 0, Sample.Message(kind: MessageKind.Tombstone), Cancelled));

        (await ReadAsync(Sample.Stream)).IsArchived.ShouldBeFalse();
    }

    [Fact]
    public async Task Truncate_Cancelled_RemovesNothing()
    {
        await AppendAsync(Sample.Stream, 3);

        await CancelledAsync(() => Store.TruncateStreamAsync(Sample.Stream, 1, Sample.Message(kind: MessageKind.Baseline), Cancelled));

        (await ReadAsync(Sample.Stream)).Messages.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Purge_Cancelled_RemovesNothing()
    {
        await CommitAsync(Commits.Fail(Sample.Failure(new("handler", "Handle", 1))));
        await CommitAsync(Commits.Claim(Sample.Key("k")));

        await CancelledAsync(() => Store.PurgeFailuresAsync(new(), Cancelled));
        await CancelledAsync(() => Store.PurgeKeysAsync(DateTimeOffset.MaxValue, Cancelled));

        (await Store.CountFailuresAsync(new(), Cancellation)).ShouldBe(1);
        (await Store.GetKeyAsync("Shop.PlaceOrder", "k", Cancellation)).ShouldNotBeNull();
    }

    [Fact]
    public async Task PurgeMarks_Cancelled_RemovesNothing()
    {
        await CommitAsync(Commits.Mark(new HandledMark("handler", "Handle", 1)));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.PurgeMarksAsync("handler", 9, Cancelled));

        (await Store.GetMarksAsync("handler", 0, 9, Cancellation)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Heartbeat_Cancelled_IsNotHeard()
    {
        await CancelledAsync(() => Store.HeartbeatAsync(new("a", TimeSpan.FromMinutes(1)), Cancelled));

        (await Store.HeartbeatAsync(new("b", TimeSpan.FromMinutes(1)), Cancellation)).ShouldHaveSingleItem().Node.ShouldBe("b");
    }

    [Fact]
    public async Task Read_Cancelled_Ends()
    {
        await CancelledAsync(() => Store.ReadStreamAsync(new() { Stream = Sample.Stream, MaxCount = 1 }, Cancelled));
        await CancelledAsync(() => Store.ReadLogAsync(new() { After = 0, MaxCount = 1 }, Cancelled));
        await CancelledAsync(() => Store.ReadCorrelationAsync("c", 0, 1, Cancelled));
        await CancelledAsync(() => Store.FindMessageAsync(Guid.CreateVersion7(), Cancelled));
        await CancelledAsync(() => Store.GetHeadAsync(Cancelled));
        await CancelledAsync(() => Store.FindStartAsync(Sample.Time, Cancelled));
    }

    [Fact]
    public async Task ReadDocuments_Cancelled_Ends()
    {
        await CancelledAsync(() => Store.LoadDocumentAsync(new(Sample.Carts, "a"), Cancelled));
        await CancelledAsync(() => Store.QueryDocumentsAsync(new() { Collection = Sample.Carts }, Cancelled));
        await CancelledAsync(() => Store.CountDocumentsAsync(new() { Collection = Sample.Carts }, Cancelled));
        await CancelledAsync(() => Store.GetGenerationsAsync(Sample.Carts, Cancelled));
    }

    [Fact]
    public async Task ReadProgress_Cancelled_Ends()
    {
        await CancelledAsync(() => Store.GetCheckpointAsync(new("a"), Cancelled));
        await CancelledAsync(() => Store.ListCheckpointsAsync(null, Cancelled));
        await CancelledAsync(() => Store.QueryFailuresAsync(new(), Cancelled));
        await CancelledAsync(() => Store.CountFailuresAsync(new(), Cancelled));
        await CancelledAsync(() => Store.GetKeyAsync("s", "k", Cancelled));
        await CancelledAsync(() => Store.GetMarksAsync("h", 0, 1, Cancelled));
    }

    [Fact]
    public async Task ReadStatistics_Cancelled_Ends()
    {
        await CancelledAsync(() => Store.GetStreamStatisticsAsync(Sample.Stream, Cancelled));
        await CancelledAsync(() => Store.ListCategoriesAsync(Cancelled));
        await CancelledAsync(() => Store.VerifyAsync([], Cancelled).ToListAsync(Cancelled));
    }

    [Fact]
    public async Task Wait_Cancelled_Ends() => await CancelledAsync(() => Store.WaitForAppendAsync(0, Cancelled));

    private static Task<OperationCanceledException> CancelledAsync<TResult>(Func<ValueTask<TResult>> call) =>
        Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await call());
}
