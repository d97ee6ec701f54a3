using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Conformance;

/// <summary>The acceptance scenarios that are about the log: holes, system messages, paging.</summary>
public abstract class LogScenarioConformance(IStoreHarness harness) : StoreConformance(harness)
{
    [Fact]
    public async Task Scenario_D30_FreshCursor_DeliversFromTheFirstMessageOn()
    {
        await AppendAsync(Sample.Stream, 2);
        var first = await ReadLogAsync();
        await AppendAsync(Sample.Stream, 1);
        var all = await ReadLogAsync();

        first.Messages.Select(m => m.Position).ShouldBe([0L, 1]);
        all.Messages.Select(m => m.Position).ShouldBe([0L, 1, 2]);
        first.Messages[0].GlobalPosition.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Scenario_D31_RefusedCommitBetween_BothNeighboursAreDeliveredAtOnce()
    {
        var first = Sample.Message();
        var last = Sample.Message();
        await AppendAsync(Sample.Stream, first);
        await RefusedAsync<ConcurrencyException>(Commits.Append(
            new StreamAppend(Sample.StreamOf("2"), ExpectedVersion.Any, Sample.Messages(1)),
            new StreamAppend(Sample.Stream, ExpectedVersion.NoStream, Sample.Messages(1))));
        await AppendAsync(Sample.Stream, last);

        var page = await ReadLogAsync();

        page.Messages.Select(m => m.Id).ShouldBe([first.Id, last.Id]);
        page.ScannedTo.ShouldBe(page.Head);
    }

    [Fact]
    public async Task Scenario_D35_ManySystemMessagesBetween_AreScannedOverInOneRead()
    {
        var first = Sample.Message();
        var last = Sample.Message();
        await AppendAsync(Sample.Stream, first);
        for (var i = 1; i <= 60; i++)
        {
            await AppendAsync(Sample.StreamOf("facts"), Sample.Message(kind: MessageKind.Fact), Sample.Message(kind: MessageKind.Notification));
            await WriteAsync(Sample.Document("v1/1", version: i, expected: ExpectedDocument.Older, collection: Sample.Views));
        }

        await AppendAsync(Sample.Stream, last);

        var page = await ReadLogAsync(new() { After = 0, MaxCount = 2, Kinds = MessageKind.Event });
        page.Messages.Select(m => m.Id).ShouldBe([first.Id, last.Id]);
    }

    [Fact]
    public async Task Scenario_28_ProgressAndFailures_AreNotInTheLog()
    {
        var head = (await AppendAsync(Sample.Stream, 1)).Head;

        await CommitAsync(Commits.Move(new("handler"), 0, head));
        await CommitAsync(Commits.Fail(Sample.Failure(new("handler", "Handle", head))));
        await CommitAsync(Commits.Claim(Sample.Key("k")));
        await CommitAsync(Commits.Mark(new HandledMark("handler", "Handle", head)));

        (await ReadLogAsync()).Messages.ShouldHaveSingleItem();
        (await HeadAsync()).ShouldBe(head);
    }

    [Fact]
    public async Task Scenario_I63_InterleavedStreamsOfOneCategory_AreReadInGlobalOrderAndInStreamOrder()
    {
        var (a, b) = (Sample.StreamOf("a"), Sample.StreamOf("b"));
        foreach (var stream in new[] { a, b, b, a, b })
            await AppendAsync(stream, 1);

        var category = await ReadLogAsync(new() { After = 0, MaxCount = Everything, Categories = [Sample.Category] });
        var whole = await ReadLogAsync();

        category.Messages.Select(m => m.Stream).ShouldBe([a, b, b, a, b]);
        category.Messages.Select(m => m.GlobalPosition).ShouldBe(whole.Messages.Select(m => m.GlobalPosition));
        (await ReadAsync(b)).Messages.Select(m => m.Position).ShouldBe([0L, 1, 2]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(12)]
    [InlineData(100)]
    public async Task Scenario_I64_ReadAll_AnyPageSize_NoGapNoDuplicate(int pageSize)
    {
        var ids = new List<Guid>();
        for (var i = 0; i < 4; i++)
        {
            var messages = Sample.Messages(3);
            await AppendAsync(Sample.StreamOf($"{i}"), messages);
            ids.AddRange(messages.Select(m => m.Id));
        }

        var read = await ReadPagesAsync(after => ReadLogAsync(new() { After = after, MaxCount = pageSize }));

        read.Select(m => m.Id).ShouldBe(ids);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task Scenario_I64_ReadAll_PageSizeBelowOne_IsAnError(int pageSize)
    {
        await InvalidAsync(() => Store.ReadLogAsync(new() { After = 0, MaxCount = pageSize }, Cancellation));
        await InvalidAsync(() => Store.ReadStreamAsync(new() { Stream = Sample.Stream, MaxCount = pageSize }, Cancellation));
    }
}
