using System.Text;
using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Conformance;

/// <summary>One stream, forwards, backwards and in pages.</summary>
public abstract class StreamReadingConformance(IStoreHarness harness) : StoreConformance(harness)
{
    [Fact]
    public async Task Read_StreamWithoutMessages_SaysSo()
    {
        var page = await ReadAsync(Sample.Stream);

        page.ShouldSatisfyAllConditions(
            () => page.Messages.ShouldBeEmpty(),
            () => page.Version.ShouldBe(-1),
            () => page.IsEnd.ShouldBeTrue(),
            () => page.IsArchived.ShouldBeFalse(),
            () => page.Snapshot.ShouldBeNull());
    }

    [Fact]
    public async Task Read_Forwards_ReturnsAllInOrder()
    {
        await AppendAsync(Sample.Stream, 5);

        var page = await ReadAsync(Sample.Stream);

        Positions(page).ShouldBe([0L, 1, 2, 3, 4]);
        page.Version.ShouldBe(4);
        page.IsEnd.ShouldBeTrue();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Read_BodiesOnly_ReturnsWhatStateIsMadeOf(bool withSnapshot)
    {
        await AppendAsync(Sample.Stream, 5);
        await WriteAsync(Sample.Document("1", version: 2, collection: Sample.Views));
        var read = new StreamRead { Stream = Sample.Stream, MaxCount = 9, Snapshot = withSnapshot ? new(Sample.Views, "1") : null };

        var whole = await Store.ReadStreamAsync(read, Cancellation);
        var bare = await Store.ReadStreamAsync(read with { BodiesOnly = true }, Cancellation);

        bare.Messages.Select(StateOf).ShouldBe(whole.Messages.Select(StateOf));
        (bare.Version, bare.IsEnd, bare.IsArchived).ShouldBe((whole.Version, whole.IsEnd, whole.IsArchived));
        (bare.Snapshot?.Version).ShouldBe(withSnapshot ? 2 : null);
        (bare.Snapshot?.Key, bare.Snapshot?.Stamp).ShouldBe((whole.Snapshot?.Key, whole.Snapshot?.Stamp));

        static string StateOf(StoredMessage m) => $"{m.Stream} {m.Position} {m.Kind} {m.Type} {m.Checksum} {Encoding.UTF8.GetString(m.Body.Span)}";
    }

    [Theory]
    [InlineData(0, 2, new long[] { 0, 1 }, false)]
    [InlineData(2, 2, new long[] { 2, 3 }, false)]
    [InlineData(3, 2, new long[] { 3, 4 }, true)]
    [InlineData(3, 9, new long[] { 3, 4 }, true)]
    [InlineData(5, 9, new long[0], true)]
    [InlineData(long.MaxValue, 9, new long[0], true)]
    public async Task Read_ForwardsFrom_ReturnsThePage(long from, int maxCount, long[] expected, bool isEnd)
    {
        await AppendAsync(Sample.Stream, 5);

        var page = await ReadAsync(Sample.Stream, from, maxCount);

        Positions(page).ShouldBe(expected);
        page.IsEnd.ShouldBe(isEnd);
        page.Version.ShouldBe(4);
    }

    [Theory]
    [InlineData(long.MaxValue, 9, new long[] { 4, 3, 2, 1, 0 }, true)]
    [InlineData(long.MaxValue, 2, new long[] { 4, 3 }, false)]
    [InlineData(4, 1, new long[] { 4 }, false)]
    [InlineData(2, 2, new long[] { 2, 1 }, false)]
    [InlineData(1, 2, new long[] { 1, 0 }, true)]
    [InlineData(0, 2, new long[] { 0 }, true)]
    public async Task Read_BackwardsFrom_ReturnsThePage(long from, int maxCount, long[] expected, bool isEnd)
    {
        await AppendAsync(Sample.Stream, 5);

        var page = await ReadAsync(Sample.Stream, from, maxCount, backwards: true);

        Positions(page).ShouldBe(expected);
        page.IsEnd.ShouldBe(isEnd);
        page.Version.ShouldBe(4);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(20)]
    public async Task Read_ForwardsPageByPage_ReturnsAll(int pageSize)
    {
        await AppendAsync(Sample.Stream, 20);

        var read = new List<long>();
        for (var isEnd = false; !isEnd && read.Count <= 20;)
        {
            var page = await ReadAsync(Sample.Stream, read.Count, pageSize);
            page.Messages.ShouldNotBeEmpty();
            read.AddRange(Positions(page));
            isEnd = page.IsEnd;
        }

        read.ShouldBe(Enumerable.Range(0, 20).Select(n => (long)n));
    }

    [Fact]
    public async Task Read_Stream_ReturnsNothingOfItsNeighbours()
    {
        await AppendAsync(Sample.StreamOf("1"), 2);
        await AppendAsync(Sample.StreamOf("11"), 3);
        await AppendAsync(Sample.StreamOf("1", "shop::orders"), 4);

        (await ReadAsync(Sample.StreamOf("1"))).Messages.ShouldAllBe(m => m.Stream == Sample.StreamOf("1"));
        (await ReadAsync(Sample.StreamOf("1"))).Messages.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Read_APageThatWasReturned_DoesNotGrowWithTheStream()
    {
        await AppendAsync(Sample.Stream, 2);
        var page = await ReadAsync(Sample.Stream);

        await AppendAsync(Sample.Stream, 2);

        Positions(page).ShouldBe([0L, 1]);
    }

    [Fact]
    public async Task ReadWithSnapshot_ThatIsThere_BeginsBehindIt()
    {
        await AppendAsync(Sample.Stream, 5);
        await WriteAsync(Sample.Document("v1/1", """{"quantity":3}""", version: 3, collection: Sample.Views));

        var page = await ReadWithSnapshotAsync();

        Positions(page).ShouldBe([3L, 4]);
        page.Version.ShouldBe(4);
        page.Snapshot.ShouldNotBeNull().Version.ShouldBe(3);
        page.Snapshot.Stamp.ShouldBe("v1");
        page.Snapshot.Key.ShouldBe("v1/1");
    }

    [Fact]
    public async Task ReadWithSnapshot_ThatIsNotThere_BeginsAtTheStart()
    {
        await AppendAsync(Sample.Stream, 2);

        var page = await ReadWithSnapshotAsync();

        Positions(page).ShouldBe([0L, 1]);
        page.Snapshot.ShouldBeNull();
    }

    [Fact]
    public async Task ReadWithSnapshot_FromBehindIt_BeginsThere()
    {
        await AppendAsync(Sample.Stream, 5);
        await WriteAsync(Sample.Document("v1/1", version: 2, collection: Sample.Views));

        var page = await ReadWithSnapshotAsync(from: 4);

        Positions(page).ShouldBe([4L]);
        page.Snapshot.ShouldNotBeNull();
    }

    [Fact]
    public async Task ReadWithSnapshot_AsNewAsTheStream_ReturnsItAlone()
    {
        await AppendAsync(Sample.Stream, 5);
        await WriteAsync(Sample.Document("v1/1", version: 5, collection: Sample.Views));

        var page = await ReadWithSnapshotAsync();

        page.Messages.ShouldBeEmpty();
        page.IsEnd.ShouldBeTrue();
        page.Version.ShouldBe(4);
        page.Snapshot.ShouldNotBeNull();
    }

    [Fact]
    public async Task ReadWithSnapshot_InPages_IsNotTheEndBeforeTheLast()
    {
        await AppendAsync(Sample.Stream, 5);
        await WriteAsync(Sample.Document("v1/1", version: 2, collection: Sample.Views));

        var page = await ReadWithSnapshotAsync(maxCount: 2);

        Positions(page).ShouldBe([2L, 3]);
        page.IsEnd.ShouldBeFalse();
    }

    [Fact]
    public async Task ReadWithSnapshot_OfAStreamWithoutMessages_ReturnsTheSnapshot()
    {
        await WriteAsync(Sample.Document("v1/1", version: 2, collection: Sample.Views));

        var page = await ReadWithSnapshotAsync();

        page.Snapshot.ShouldNotBeNull();
        page.Version.ShouldBe(-1);
    }

    [Fact(Timeout = HangLimit)]
    public async Task ReadWithSnapshot_WhileBothAreWritten_NeverSeesOneWithoutTheOther()
    {
        const int Length = 200;
        var writing = Task.Run(
            async () =>
            {
                for (var n = 0; n < Length; n++)
                {
                    await CommitAsync(new()
                    {
                        Appends = [new(Sample.Stream, n - 1, Sample.Messages(1))],
                        Documents = [Sample.Document("v1/1", version: n + 1, expected: ExpectedDocument.Older, collection: Sample.Views)],
                    });
                }
            },
            Cancellation);

        StreamPage page;
        do
        {
            page = await ReadWithSnapshotAsync();
            (page.Snapshot?.Version ?? 0).ShouldBe(page.Version + 1);
            page.Messages.ShouldBeEmpty();
        }
        while (page.Version < Length - 1 && !writing.IsFaulted);

        await writing;
    }

    private static IEnumerable<long> Positions(StreamPage page) => page.Messages.Select(m => m.Position);

    private async Task<StreamPage> ReadWithSnapshotAsync(long from = 0, int maxCount = Everything) => await Store.ReadStreamAsync(
        new() { Stream = Sample.Stream, From = from, MaxCount = maxCount, Snapshot = new(Sample.Views, "v1/1") }, Cancellation);
}
