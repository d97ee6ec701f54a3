using FsCheck;
using FsCheck.Fluent;
using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Conformance;

/// <summary>Whatever is in the log, and however it is filtered and paged: no gap and no duplicate.</summary>
public abstract class PagingProperties(IStoreHarness harness) : StoreConformance(harness)
{
    private static readonly string[] Categories = ["shop::a", "shop::b", "shop::c"];
    private static readonly string[] Types = ["A.v1", "B.v1", "C.v1"];
    private static readonly MessageKind[] Kinds = [MessageKind.Event, MessageKind.Command, MessageKind.Fact];

    [Fact]
    public async Task ReadLog_AnyFilterAndPageSize_ReturnsWhatTheWholeLogSays()
    {
        await AppendRandomLogAsync();
        var whole = (await ReadLogAsync()).Messages;

        await Properties.HoldAsync(
            Reads,
            async read => (await ReadFilteredAsync(read)).ShouldBe(whole.Where(m => Passes(m, read)).Select(m => m.GlobalPosition)),
            count: 100);
    }

    [Fact]
    public async Task ReadLog_AnyNumberOfPartitions_CoverEachMessageOnce()
    {
        await AppendRandomLogAsync();
        var whole = (await ReadLogAsync()).Messages.Select(m => m.GlobalPosition).ToArray();

        await Properties.HoldAsync(
            Gen.Choose(1, 12),
            async count =>
            {
                var read = new List<long>();
                for (var index = 0; index < count; index++)
                    read.AddRange(await ReadFilteredAsync(new() { After = 0, MaxCount = 7, Partition = new(index, count) }));
                read.Order().ShouldBe(whole);
            },
            count: 12);
    }

    [Fact]
    public async Task ReadStream_AnyStartDirectionAndPageSize_ReturnsThatSlice()
    {
        const int Length = 17;
        await AppendAsync(Sample.Stream, Length);

        await Properties.HoldAsync(
            from start in Gen.Choose(0, Length + 2)
            from maxCount in Gen.Choose(1, Length + 2)
            from backwards in Gen.Elements(true, false)
            select (start, maxCount, backwards),
            async read =>
            {
                var (start, maxCount, backwards) = read;
                var page = await ReadAsync(Sample.Stream, start, maxCount, backwards);
                var all = Enumerable.Range(0, Length).Select(n => (long)n);
                var rest = (backwards ? all.Reverse().Where(n => n <= start) : all.Where(n => n >= start)).ToArray();
                page.Messages.Select(m => m.Position).ShouldBe(rest.Take(maxCount));
                page.IsEnd.ShouldBe(rest.Length <= maxCount);
            },
            count: 100);
    }

    private static Gen<LogRead> Reads =>
        from pageSize in Gen.Choose(1, 20)
        from after in Gen.Choose(0, 90)
        from upTo in Gen.OneOf(Gen.Constant(int.MaxValue), Gen.Choose(0, 90))
        from categories in Gen.SubListOf(Categories)
        from types in Gen.SubListOf(Types)
        from kinds in Gen.SubListOf(Kinds)
        from source in Gen.Elements(null, "shop::a", "shop::b")
        from partitions in Gen.Choose(1, 3)
        select new LogRead
        {
            After = after,
            UpTo = upTo,
            MaxCount = pageSize,
            Categories = [.. categories],
            Types = [.. types],
            Kinds = kinds.Aggregate(MessageKind.None, (all, kind) => all | kind),
            Source = source,
            Partition = partitions == 1 ? null : new(0, partitions),
        };

    private static bool Passes(StoredMessage message, LogRead read) =>
        message.GlobalPosition > read.After
        && message.GlobalPosition <= read.UpTo
        && (read.Categories!.Count == 0 || read.Categories.Contains(message.Stream.Category))
        && (read.Types!.Count == 0 || read.Types.Contains(message.Type))
        && read.Kinds.HasFlag(message.Kind)
        && (read.Source is null || message.Metadata.CauseStream == $"{read.Source}-1")
        && (read.Partition is null || StreamName.StableHash(message.Stream.Value) % read.Partition.Value.Count == 0);

    private async Task AppendRandomLogAsync()
    {
        var random = new Random(7);
        for (var n = 0; n < 40; n++)
        {
            var appends = Categories.OrderBy(_ => random.Next()).Take(random.Next(1, 3)).Select(category => new StreamAppend(
                Sample.StreamOf($"{random.Next(6)}", category), ExpectedVersion.Any, Enumerable.Range(0, random.Next(1, 3)).Select(_ => RandomMessage(random)).ToArray()));
            await CommitAsync(new() { Appends = appends.ToArray() });
        }
    }

    private static NewMessage RandomMessage(Random random) => Sample.Message(
        Types[random.Next(Types.Length)],
        Kinds[random.Next(Kinds.Length)],
        metadata: new() { CorrelationId = "c", CauseStream = random.Next(2) == 0 ? null : $"{Categories[random.Next(Categories.Length)]}-1" });

    private async Task<List<long>> ReadFilteredAsync(LogRead read)
    {
        var found = new List<long>();
        while (true)
        {
            var page = await ReadLogAsync(read);
            page.Messages.Count.ShouldBeLessThanOrEqualTo(read.MaxCount);
            page.ScannedTo.ShouldBeGreaterThanOrEqualTo(page.Messages.Count == 0 ? read.After : page.Messages[^1].GlobalPosition);
            found.AddRange(page.Messages.Select(m => m.GlobalPosition));
            if (page.Messages.Count < read.MaxCount)
            {
                page.ScannedTo.ShouldBe(Math.Max(read.After, Math.Min(read.UpTo, page.Head)));
                return found;
            }

            page.ScannedTo.ShouldBeGreaterThan(read.After);
            read = read with { After = page.ScannedTo };
        }
    }
}
