using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Conformance;

/// <summary>Sources and partitions.</summary>
public abstract class LogFilterConformance(IStoreHarness harness) : StoreConformance(harness)
{
    [Theory]
    [InlineData("shop::user-1", null, true)]
    [InlineData("shop::user:command-1", null, true)]
    [InlineData("shop::other-1", "shop::user-2", true)]
    [InlineData("shop::other-1", "shop::user:command-2", true)]
    [InlineData("shop::user", null, true)]
    [InlineData("shop::users-1", null, false)]
    [InlineData("shop::user:commands-1", null, false)]
    [InlineData("shop::user2-1", "shop::use-1", false)]
    [InlineData("shop::User-1", null, false)]
    [InlineData("other-shop::user", null, false)]
    [InlineData(null, null, false)]
    public async Task Read_Source_ReturnsWhatHasIt(string? causeStream, string? originStream, bool expected)
    {
        var head = (await AppendAsync(Sample.Stream, Sample.CausedBy(causeStream, originStream))).Head;

        var page = await ReadLogAsync(new() { After = 0, MaxCount = Everything, Source = "shop::user" });

        page.Messages.Count.ShouldBe(expected ? 1 : 0);
        page.ScannedTo.ShouldBe(head);
    }

    [Theory]
    [InlineData("shop::us_r", "shop::user-1")]
    [InlineData("shop::us%", "shop::user-1")]
    public async Task Read_SourceWithWildcards_TakesThemLiterally(string source, string causeStream)
    {
        await AppendAsync(Sample.Stream, Sample.CausedBy(causeStream));

        (await ReadLogAsync(new() { After = 0, MaxCount = Everything, Source = source })).Messages.ShouldBeEmpty();
    }

    [Fact]
    public async Task Read_SourceOfCommands_DoesNotReturnWhatTheirAggregateCaused()
    {
        await AppendAsync(Sample.Stream, Sample.CausedBy("shop::user-1"), Sample.CausedBy("shop::user:command-1"));

        var page = await ReadLogAsync(new() { After = 0, MaxCount = Everything, Source = "shop::user:command" });

        page.Messages.ShouldHaveSingleItem().Position.ShouldBe(1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(16)]
    public async Task Read_Partitions_CoverEverythingExactlyOnceAndKeepStreamsTogether(int count)
    {
        var streams = Enumerable.Range(0, 40).Select(n => Sample.StreamOf($"{n}")).ToArray();
        foreach (var stream in streams.Concat(streams))
            await AppendAsync(stream, 1);

        var partitions = new List<IReadOnlyList<StoredMessage>>();
        for (var index = 0; index < count; index++)
            partitions.Add((await ReadPartitionAsync(index, count)).Messages);

        partitions.SelectMany(p => p).Select(m => m.GlobalPosition).Order()
            .ShouldBe((await ReadLogAsync()).Messages.Select(m => m.GlobalPosition));
        foreach (var stream in streams)
            partitions.Count(p => p.Any(m => m.Stream == stream)).ShouldBe(1);
    }

    [Fact]
    public async Task Read_Partition_IsCutByTheStableHashOfTheStreamsName()
    {
        for (var n = 0; n < 20; n++)
            await AppendAsync(Sample.StreamOf($"{n}"), 1);

        for (var index = 0; index < 3; index++)
            (await ReadPartitionAsync(index, 3)).Messages.ShouldAllBe(m => StreamName.StableHash(m.Stream.Value) % 3 == index);
    }

    [Fact]
    public async Task Read_PartitionInPages_GoesOnWhereItEnded()
    {
        for (var n = 0; n < 30; n++)
            await AppendAsync(Sample.StreamOf($"{n}"), 1);
        var expected = (await ReadPartitionAsync(1, 3)).Messages.Select(m => m.GlobalPosition).ToArray();

        var read = await ReadPagesAsync(after => ReadPartitionAsync(1, 3, after, 2));

        read.Select(m => m.GlobalPosition).ShouldBe(expected);
    }

    private Task<LogPage> ReadPartitionAsync(int index, int count, long after = 0, int maxCount = Everything) =>
        ReadLogAsync(new() { After = after, MaxCount = maxCount, Partition = new(index, count) });
}
