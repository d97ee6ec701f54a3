using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Conformance;

/// <summary>Cutting off the start of a stream.</summary>
public abstract class TruncateConformance(IStoreHarness harness) : StoreConformance(harness)
{
    [Fact]
    public async Task Truncate_Stream_PutsTheBaselineInPlaceAndRemovesWhatWasBefore()
    {
        var result = await AppendAsync(Sample.Stream, 5);
        var baseline = Baseline();

        (await Store.TruncateStreamAsync(Sample.Stream, 3, baseline, Cancellation)).ShouldBe(3);

        var page = await ReadAsync(Sample.Stream);
        page.Messages.Select(m => m.Position).ShouldBe([3L, 4]);
        page.Messages.Select(m => m.Kind).ShouldBe([MessageKind.Baseline, MessageKind.Event]);
        page.Messages[0].Id.ShouldBe(baseline.Id);
        page.Messages[0].GlobalPosition.ShouldBe(result.FirstPosition + 3);
        Sample.Text(page.Messages[0].Body).ShouldBe("""{"state":1}""");
        page.Version.ShouldBe(4);
    }

    [Fact]
    public async Task Truncate_Stream_LeavesHeadAndOtherStreams()
    {
        await AppendAsync(Sample.StreamOf("other"), 2);
        await AppendAsync(Sample.Stream, 3);
        await AppendAsync(Sample.StreamOf("other"), 1);
        var head = await HeadAsync();

        await Store.TruncateStreamAsync(Sample.Stream, 2, Baseline(), Cancellation);

        (await HeadAsync()).ShouldBe(head);
        (await ReadAsync(Sample.StreamOf("other"))).Messages.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Truncate_Stream_ShowsInTheLog()
    {
        await AppendAsync(Sample.StreamOf("other"), 1);
        await AppendAsync(Sample.Stream, 3);
        await AppendAsync(Sample.StreamOf("other"), 1);

        await Store.TruncateStreamAsync(Sample.Stream, 1, Baseline(), Cancellation);

        var whole = await ReadLogAsync();
        var category = await ReadLogAsync(new() { After = 0, MaxCount = Everything, Categories = [Sample.Category] });
        whole.Messages.Select(m => (m.Stream.Value, m.Position, m.Kind)).ShouldBe(
        [
            ("shop::order-other", 0L, MessageKind.Event), ("shop::order-1", 1L, MessageKind.Baseline), ("shop::order-1", 2L, MessageKind.Event), ("shop::order-other", 1L, MessageKind.Event),
        ]);
        category.Messages.Select(m => m.Id).ShouldBe(whole.Messages.Select(m => m.Id));
    }

    [Fact]
    public async Task Truncate_Stream_ForgetsTheRemovedMessages()
    {
        var messages = Sample.Messages(3);
        await AppendAsync(Sample.Stream, messages);
        await Store.ReadCorrelationAsync("correlation", 0, Everything, Cancellation);
        var baseline = Baseline();

        await Store.TruncateStreamAsync(Sample.Stream, 1, baseline, Cancellation);

        (await Store.FindMessageAsync(messages[0].Id, Cancellation)).ShouldBeNull();
        (await Store.FindMessageAsync(messages[1].Id, Cancellation)).ShouldBeNull();
        (await Store.FindMessageAsync(messages[2].Id, Cancellation)).ShouldNotBeNull();
        (await Store.FindMessageAsync(baseline.Id, Cancellation)).ShouldNotBeNull().Position.ShouldBe(1);
        (await Store.ReadCorrelationAsync("correlation", 0, Everything, Cancellation)).Messages.Select(m => m.Id).ShouldBe([baseline.Id, messages[2].Id]);
    }

    [Fact]
    public async Task Truncate_ToTheFirstMessage_RemovesNothingAndReplacesIt()
    {
        await AppendAsync(Sample.Stream, 2);

        (await Store.TruncateStreamAsync(Sample.Stream, 0, Baseline(), Cancellation)).ShouldBe(0);

        (await ReadAsync(Sample.Stream)).Messages.Select(m => m.Kind).ShouldBe([MessageKind.Baseline, MessageKind.Event]);
    }

    [Fact]
    public async Task Truncate_ToTheLastMessage_LeavesTheBaselineAlone()
    {
        await AppendAsync(Sample.Stream, 3);

        await Store.TruncateStreamAsync(Sample.Stream, 2, Baseline(), Cancellation);

        var page = await ReadAsync(Sample.Stream);
        page.Messages.ShouldHaveSingleItem().Position.ShouldBe(2);
        page.Version.ShouldBe(2);
    }

    [Fact]
    public async Task Truncate_Again_ReplacesTheBaseline()
    {
        await AppendAsync(Sample.Stream, 5);
        await Store.TruncateStreamAsync(Sample.Stream, 2, Baseline(), Cancellation);

        (await Store.TruncateStreamAsync(Sample.Stream, 4, Baseline(), Cancellation)).ShouldBe(2);

        (await ReadAsync(Sample.Stream)).Messages.ShouldHaveSingleItem().Position.ShouldBe(4);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public async Task Truncate_ToAPositionWithoutMessage_IsRefused(long position)
    {
        await AppendAsync(Sample.Stream, 5);
        await Store.TruncateStreamAsync(Sample.Stream, 2, Baseline(), Cancellation);

        var error = await Assert.ThrowsAsync<ConcurrencyException>(
            async () => await Store.TruncateStreamAsync(Sample.Stream, position, Baseline(), Cancellation));

        error.Subject.ShouldBe(Sample.Stream.Value);
        error.Expected.ShouldBe(position);
        error.Actual.ShouldBe(4);
        (await ReadAsync(Sample.Stream)).Messages.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Truncate_StreamThatIsNotThere_IsRefused()
    {
        var error = await Assert.ThrowsAsync<ConcurrencyException>(
            async () => await Store.TruncateStreamAsync(Sample.Stream, 0, Baseline(), Cancellation));

        error.Actual.ShouldBe(-1);
    }

    [Fact]
    public async Task Truncate_WithAnIdThatIsTaken_IsRefused()
    {
        var messages = Sample.Messages(3);
        await AppendAsync(Sample.Stream, messages);

        await Assert.ThrowsAsync<DuplicateMessageException>(
            async () => await Store.TruncateStreamAsync(Sample.Stream, 1, Baseline() with { Id = messages[2].Id }, Cancellation));

        (await ReadAsync(Sample.Stream)).Messages.Select(m => m.Id).ShouldBe(messages.Select(m => m.Id));
    }

    [Fact]
    public async Task Append_AfterATruncation_GoesOnWithTheVersion()
    {
        await AppendAsync(Sample.Stream, 5);
        await Store.TruncateStreamAsync(Sample.Stream, 4, Baseline(), Cancellation);

        await RefusedAsync<ConcurrencyException>(Commits.Append(Sample.Stream, 0, Sample.Message()));
        var result = await CommitAsync(Commits.Append(Sample.Stream, 4, Sample.Message()));

        result.StreamPositions.ShouldBe([5L]);
        (await ReadAsync(Sample.Stream)).Messages.Select(m => m.Position).ShouldBe([4L, 5]);
    }

    [Theory]
    [InlineData(0, 2, new long[] { 3, 4 }, false)]
    [InlineData(4, 9, new long[] { 4, 5 }, true)]
    [InlineData(6, 9, new long[0], true)]
    public async Task Read_TruncatedStreamForwards_BeginsWithTheBaseline(long from, int maxCount, long[] expected, bool isEnd)
    {
        await AppendAsync(Sample.Stream, 6);
        await Store.TruncateStreamAsync(Sample.Stream, 3, Baseline(), Cancellation);

        var page = await ReadAsync(Sample.Stream, from, maxCount);

        page.Messages.Select(m => m.Position).ShouldBe(expected);
        page.IsEnd.ShouldBe(isEnd);
    }

    [Theory]
    [InlineData(long.MaxValue, 9, new long[] { 5, 4, 3 }, true)]
    [InlineData(4, 1, new long[] { 4 }, false)]
    [InlineData(4, 2, new long[] { 4, 3 }, true)]
    [InlineData(2, 9, new long[0], true)]
    public async Task Read_TruncatedStreamBackwards_EndsWithTheBaseline(long from, int maxCount, long[] expected, bool isEnd)
    {
        await AppendAsync(Sample.Stream, 6);
        await Store.TruncateStreamAsync(Sample.Stream, 3, Baseline(), Cancellation);

        var page = await ReadAsync(Sample.Stream, from, maxCount, backwards: true);

        page.Messages.Select(m => m.Position).ShouldBe(expected);
        page.IsEnd.ShouldBe(isEnd);
    }

    [Fact]
    public async Task Statistics_OfATruncatedStream_SayWhereItBegins()
    {
        await AppendAsync(Sample.Stream, 6);
        await Store.TruncateStreamAsync(Sample.Stream, 3, Baseline(), Cancellation);

        var statistics = (await Store.GetStreamStatisticsAsync(Sample.Stream, Cancellation)).ShouldNotBeNull();

        statistics.Version.ShouldBe(5);
        statistics.FirstPosition.ShouldBe(3);
        statistics.Count.ShouldBe(3);
        statistics.FirstTime.ShouldBe(Sample.Time.AddDays(1));
        (await Store.ListCategoriesAsync(Cancellation)).ShouldHaveSingleItem().Messages.ShouldBe(3);
    }

    private static NewMessage Baseline() =>
        Sample.Message("Shop.Order.v1", MessageKind.Baseline, """{"state":1}""", Sample.Time.AddDays(1));
}
