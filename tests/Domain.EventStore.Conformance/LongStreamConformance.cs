using Shouldly;
using Xunit;

namespace Protean.EventStore.Conformance;

/// <summary>Streams of any length load completely.</summary>
public abstract class LongStreamConformance(IStoreHarness harness) : StoreConformance(harness)
{
    private const int Length = 10_000;
    private const int CommitSize = 2_500;

    [Fact]
    public async Task Read_TenThousandMessagesAtOnce_ReturnsAll()
    {
        await AppendLongStreamAsync();

        var page = await ReadAsync(Sample.Stream);

        page.Messages.Select(m => m.Position).ShouldBe(Expected);
        page.IsEnd.ShouldBeTrue();
    }

    [Fact]
    public async Task Read_TenThousandMessagesInPages_ReturnsAll()
    {
        await AppendLongStreamAsync();

        var read = new List<long>();
        for (var pages = 0; pages < 11; pages++)
            read.AddRange((await ReadAsync(Sample.Stream, read.Count, 999)).Messages.Select(m => m.Position));

        read.ShouldBe(Expected);
    }

    [Fact]
    public async Task ReadLog_TenThousandMessagesAtOnce_ReturnsAll()
    {
        await AppendLongStreamAsync();

        var page = await ReadLogAsync(new() { After = 0, MaxCount = Everything, Categories = [Sample.Category] });

        page.Messages.Select(m => m.Position).ShouldBe(Expected);
    }

    private static IEnumerable<long> Expected => Enumerable.Range(0, Length).Select(n => (long)n);

    private async Task AppendLongStreamAsync()
    {
        for (var version = -1L; version < Length - 1; version += CommitSize)
            await CommitAsync(Commits.Append(Sample.Stream, version, Sample.Messages(CommitSize)));
    }
}
