using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Conformance;

/// <summary>Closing a stream.</summary>
public abstract class ArchiveConformance(IStoreHarness harness) : StoreConformance(harness)
{
    private static readonly StreamName Other = Sample.StreamOf("other");

    [Fact]
    public async Task Archive_Stream_AppendsTheTombstone()
    {
        var before = await AppendAsync(Sample.Stream, 2);
        var tombstone = Tombstone();

        var result = await Store.ArchiveStreamAsync(Sample.Stream, 1, tombstone, Cancellation);

        result.HeadBefore.ShouldBe(before.Head);
        result.StreamPositions.ShouldBe([2L]);
        result.Head.ShouldBe(result.FirstPosition);
        (await HeadAsync()).ShouldBe(result.Head);
        var page = await ReadAsync(Sample.Stream);
        page.IsArchived.ShouldBeTrue();
        page.Messages.Select(m => m.Kind).ShouldBe([MessageKind.Event, MessageKind.Event, MessageKind.Tombstone]);
        page.Messages[2].Id.ShouldBe(tombstone.Id);
        page.Messages[2].GlobalPosition.ShouldBe(result.FirstPosition);
    }

    [Fact]
    public async Task Read_ArchivedStreamBackwards_SaysSo()
    {
        await ArchiveAsync();

        (await ReadAsync(Sample.Stream, long.MaxValue, backwards: true)).IsArchived.ShouldBeTrue();
        (await ReadAsync(Other)).IsArchived.ShouldBeFalse();
    }

    [Fact]
    public async Task ReadLog_AfterArchiving_LeavesTheStreamOut()
    {
        await ArchiveAsync();

        var whole = await ReadLogAsync();
        var category = await ReadLogAsync(new() { After = 0, MaxCount = Everything, Categories = [Sample.Category] });
        var tombstones = await ReadLogAsync(new() { After = 0, MaxCount = Everything, Kinds = MessageKind.Tombstone });

        whole.Messages.ShouldAllBe(m => m.Stream == Other);
        whole.Messages.Count.ShouldBe(2);
        whole.ScannedTo.ShouldBe(await HeadAsync());
        category.Messages.Count.ShouldBe(2);
        tombstones.Messages.ShouldBeEmpty();
    }

    [Fact]
    public async Task ReadLog_IncludingArchived_ReturnsEverything()
    {
        await ArchiveAsync();

        var page = await ReadLogAsync(new() { After = 0, MaxCount = Everything, IncludeArchived = true });

        page.Messages.Select(m => (m.Stream, m.Position)).ShouldBe([(Other, 0L), (Sample.Stream, 0L), (Sample.Stream, 1L), (Other, 1L), (Sample.Stream, 2L)]);
    }

    [Fact]
    public async Task ReadLog_FullPageBesideArchived_CountsWhatItReturns()
    {
        await ArchiveAsync();

        var page = await ReadLogAsync(new() { After = 0, MaxCount = 2 });

        page.Messages.Select(m => m.Position).ShouldBe([0L, 1]);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(ExpectedVersion.Any)]
    public async Task Append_ToAnArchivedStream_IsRefused(long expectedVersion)
    {
        await ArchiveAsync();

        var error = await RefusedAsync<StreamArchivedException>(new()
        {
            Appends = [new(Other, ExpectedVersion.Any, Sample.Messages(1)), new(Sample.Stream, expectedVersion, Sample.Messages(1))],
        });

        error.Stream.ShouldBe(Sample.Stream);
        (await ReadAsync(Sample.Stream)).Version.ShouldBe(2);
        (await ReadAsync(Other)).Version.ShouldBe(1);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(ExpectedVersion.Any)]
    public async Task Append_ToAnArchivedStreamTruncatedAtItsTombstone_IsRefused(long expectedVersion)
    {
        await ArchiveAsync();

        (await Store.TruncateStreamAsync(Sample.Stream, 2, Baseline(), Cancellation)).ShouldBe(2);

        await RefusedAsync<StreamArchivedException>(Commits.Append(Sample.Stream, expectedVersion, Sample.Message()));
        var page = await ReadAsync(Sample.Stream);
        page.IsArchived.ShouldBeTrue();
        page.Messages.ShouldHaveSingleItem().Kind.ShouldBe(MessageKind.Baseline);
        (await ReadLogAsync()).Messages.ShouldAllBe(m => m.Stream == Other);
    }

    [Fact]
    public async Task Append_ToAnArchivedStreamTruncatedBeforeItsTombstone_IsRefused()
    {
        await ArchiveAsync();

        (await Store.TruncateStreamAsync(Sample.Stream, 1, Baseline(), Cancellation)).ShouldBe(1);

        await RefusedAsync<StreamArchivedException>(Commits.Append(Sample.Stream, 2, Sample.Message()));
        (await ReadAsync(Sample.Stream)).Messages.Select(m => m.Kind).ShouldBe([MessageKind.Baseline, MessageKind.Tombstone]);
        (await ReadLogAsync()).Messages.ShouldAllBe(m => m.Stream == Other);
    }

    [Fact]
    public async Task Archive_StreamThatIsClosed_IsRefused()
    {
        await ArchiveAsync();

        await Assert.ThrowsAsync<StreamArchivedException>(async () => await Store.ArchiveStreamAsync(Sample.Stream, 2, Tombstone(), Cancellation));

        (await ReadAsync(Sample.Stream)).Version.ShouldBe(2);
    }

    [Theory]
    [InlineData(ExpectedVersion.NoStream)]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Archive_StreamAtAnotherVersion_IsRefused(long expected)
    {
        await AppendAsync(Sample.Stream, 2);

        var error = await Assert.ThrowsAsync<ConcurrencyException>(
            async () => await Store.ArchiveStreamAsync(Sample.Stream, expected, Tombstone(), Cancellation));

        error.Actual.ShouldBe(1);
        (await ReadAsync(Sample.Stream)).IsArchived.ShouldBeFalse();
        await AppendAsync(Sample.Stream, 1);
    }

    [Fact]
    public async Task Archive_WithAnIdThatIsTaken_IsRefused()
    {
        var message = Sample.Message();
        await AppendAsync(Sample.Stream, message);

        await Assert.ThrowsAsync<DuplicateMessageException>(
            async () => await Store.ArchiveStreamAsync(Sample.Stream, 0, Tombstone() with { Id = message.Id }, Cancellation));

        (await ReadAsync(Sample.Stream)).IsArchived.ShouldBeFalse();
    }

    [Fact]
    public async Task Find_MessagesOfAnArchivedStream_AreStillThere()
    {
        var message = Sample.Message();
        await AppendAsync(Sample.Stream, message);
        await Store.ArchiveStreamAsync(Sample.Stream, 0, Tombstone(), Cancellation);

        (await Store.FindMessageAsync(message.Id, Cancellation)).ShouldNotBeNull();
        (await Store.ReadCorrelationAsync("correlation", 0, Everything, Cancellation)).Messages.Count.ShouldBe(2);
        (await Store.GetStreamStatisticsAsync(Sample.Stream, Cancellation)).ShouldNotBeNull().IsArchived.ShouldBeTrue();
    }

    private static NewMessage Tombstone() => Sample.Message("Shop.Order.Closed.v1", MessageKind.Tombstone);

    private static NewMessage Baseline() => Sample.Message("Shop.Order.v1", MessageKind.Baseline);

    private async Task ArchiveAsync()
    {
        await AppendAsync(Other, 1);
        await AppendAsync(Sample.Stream, 2);
        await AppendAsync(Other, 1);
        await Store.ArchiveStreamAsync(Sample.Stream, ExpectedVersion.Any, Tombstone(), Cancellation);
    }
}
