using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Conformance;

/// <summary>Statistics, finding messages, correlation and verification.</summary>
public abstract class OperationsConformance(IStoreHarness harness) : StoreConformance(harness)
{
    [Fact]
    public async Task FindMessage_ThatIsThere_ReturnsIt()
    {
        var message = Sample.Message();
        await AppendAsync(Sample.Stream, Sample.Message(), message);

        var found = (await Store.FindMessageAsync(message.Id, Cancellation)).ShouldNotBeNull();

        found.Id.ShouldBe(message.Id);
        found.Position.ShouldBe(1);
        found.Stream.ShouldBe(Sample.Stream);
    }

    [Fact]
    public async Task FindMessage_ThatIsNotThere_ReturnsNothing() =>
        (await Store.FindMessageAsync(Guid.CreateVersion7(), Cancellation)).ShouldBeNull();

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(5, 1)]
    [InlineData(10, 1)]
    [InlineData(11, 3)]
    [InlineData(20, 3)]
    [InlineData(21, 4)]
    public async Task FindStart_TimesThatDoNotGrow_BeginsBeforeTheFirstMessageOfThatTimeOrLater(int seconds, int skipped)
    {
        var result = await AppendAsync(Sample.Stream, At(0), At(10), At(5), At(20));

        (await StartAsync(seconds)).ShouldBe(result.FirstPosition - 1 + skipped);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(7)]
    [InlineData(30)]
    [InlineData(31)]
    public async Task FindStart_ReadingOn_MissesNoMessageOfThatTimeOrLater(int seconds)
    {
        await AppendAsync(Sample.Stream, At(3), At(30), At(7));
        await AppendAsync(Sample.StreamOf("2", "shop::user"), At(1), At(9), At(4));
        var wanted = (await ReadLogAsync()).Messages.Where(m => m.Time >= Sample.Time.AddSeconds(seconds)).Select(m => m.Id);

        var read = await ReadLogAsync(new() { After = await StartAsync(seconds), MaxCount = Everything });

        read.Messages.Select(m => m.Id).Intersect(wanted).ShouldBe(wanted);
    }

    [Fact]
    public async Task FindStart_NothingThatLate_ReturnsTheHead()
    {
        var result = await AppendAsync(Sample.Stream, At(0), At(10));

        (await StartAsync(99)).ShouldBe(result.Head);
    }

    [Fact]
    public async Task FindStart_EmptyStore_ReturnsZero() => (await StartAsync(99)).ShouldBe(0);

    [Fact]
    public async Task ReadCorrelation_ReturnsWhatSharesItAcrossStreams()
    {
        var mine = new MessageMetadata { CorrelationId = "mine" };
        await AppendAsync(Sample.StreamOf("1"), Sample.Message("A.v1", metadata: mine), Sample.Message("B.v1"));
        await AppendAsync(Sample.StreamOf("2", "shop::user"), Sample.Message("C.v1", MessageKind.Command, metadata: new() { CorrelationId = "mine" }));
        await AppendAsync(Sample.StreamOf("3"), Sample.Message("D.v1", metadata: new() { CorrelationId = "Mine" }));

        var page = await Store.ReadCorrelationAsync("mine", 0, Everything, Cancellation);

        page.Messages.Select(m => m.Type).ShouldBe(["A.v1", "C.v1"]);
        page.Head.ShouldBe(await HeadAsync());
        page.ScannedTo.ShouldBe(page.Head);
    }

    [Fact]
    public async Task ReadCorrelation_PageByPage_ReturnsAllOnce()
    {
        for (var n = 0; n < 5; n++)
            await AppendAsync(Sample.StreamOf($"{n}"), 2);

        var read = await ReadPagesAsync(async after => await Store.ReadCorrelationAsync("correlation", after, 3, Cancellation));

        read.Select(m => m.GlobalPosition).ShouldBe((await ReadLogAsync()).Messages.Select(m => m.GlobalPosition));
    }

    [Fact]
    public async Task ReadCorrelation_NobodyHas_ReturnsNothingAndLooksToTheHead()
    {
        var head = (await AppendAsync(Sample.Stream, 1)).Head;

        var page = await Store.ReadCorrelationAsync("nobody", 0, 1, Cancellation);

        page.Messages.ShouldBeEmpty();
        page.ScannedTo.ShouldBe(head);
    }

    [Fact]
    public async Task ReadCorrelation_AfterMoreWasAppended_ReturnsThatToo()
    {
        await AppendAsync(Sample.Stream, 1);
        await Store.ReadCorrelationAsync("correlation", 0, 1, Cancellation);
        await AppendAsync(Sample.Stream, 1);

        (await Store.ReadCorrelationAsync("correlation", 0, Everything, Cancellation)).Messages.Count.ShouldBe(2);
    }

    [Fact]
    public async Task StreamStatistics_OfAStream_DescribeIt()
    {
        await AppendAsync(Sample.Stream, At(1), At(2), At(3));

        (await Store.GetStreamStatisticsAsync(Sample.Stream, Cancellation))
            .ShouldBe(new StreamStatistics(Sample.Stream, 2, 0, 3, Sample.Time.AddSeconds(1), Sample.Time.AddSeconds(3), IsArchived: false));
    }

    [Fact]
    public async Task StreamStatistics_OfAStreamWithoutMessages_AreNone() =>
        (await Store.GetStreamStatisticsAsync(Sample.Stream, Cancellation)).ShouldBeNull();

    [Fact]
    public async Task Categories_AreListedByName()
    {
        await AppendAsync(Sample.StreamOf("1", "shop::b"), 2);
        var last = await AppendAsync(Sample.StreamOf("2", "shop::b"), 1);
        var command = await AppendAsync(Sample.StreamOf("1", "shop::b:command"), 1);
        var upper = await AppendAsync(Sample.StreamOf("1", "shop::B"), 1);

        (await Store.ListCategoriesAsync(Cancellation)).ShouldBe(
            [new("shop::B", 1, 1, upper.Head), new("shop::b", 2, 3, last.Head), new("shop::b:command", 1, 1, command.Head)]);
    }

    [Fact]
    public async Task Categories_OfAnEmptyStore_AreNone() => (await Store.ListCategoriesAsync(Cancellation)).ShouldBeEmpty();

    [Fact]
    public async Task Verify_SoundStore_FindsNothing()
    {
        var body = """{"n":1}""";
        var result = await AppendAsync(Sample.Stream, Sample.Message(body: body, checksum: Checksum.Compute(Sample.Utf8(body))), Sample.Message(), Sample.Message());
        await CommitAsync(Commits.Move(new("handler"), 0, result.Head));
        await WriteAsync(Sample.Document("v1/1", version: 3, collection: Sample.Views));
        await Store.TruncateStreamAsync(Sample.Stream, 1, Sample.Message(kind: MessageKind.Baseline), Cancellation);

        (await VerifyAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Scenario_I70_AlteredPayload_IsHandedOutWithItsChecksumAndFoundByVerifyWithBoth()
    {
        var wrong = Sample.Message(body: """{"quantity":2}""", checksum: 0x12345678);
        await AppendAsync(Sample.Stream, Sample.Message(), wrong);

        var stored = (await ReadAsync(Sample.Stream, from: 1)).Messages.ShouldHaveSingleItem();
        var finding = (await VerifyAsync()).ShouldHaveSingleItem();

        stored.Checksum.ShouldBe(0x12345678u);
        finding.Problem.ShouldBe(StoreProblem.ChecksumMismatch);
        finding.Subject.ShouldContain(wrong.Id.ToString());
        finding.Detail.ShouldContain("12345678");
        finding.Detail.ShouldContain($"{Checksum.Compute(wrong.Body.Span):x8}");
    }

    [Fact]
    public async Task Verify_CheckpointBeyondTheHead_FindsIt()
    {
        var head = (await AppendAsync(Sample.Stream, 1)).Head;
        await CommitAsync(Commits.Move(new("sound"), 0, head));
        await CommitAsync(Commits.Move(new("handler", 3), 0, head + 1));

        var finding = (await VerifyAsync()).ShouldHaveSingleItem();

        finding.Problem.ShouldBe(StoreProblem.CheckpointBeyondHead);
        finding.Subject.ShouldContain("handler");
        finding.Subject.ShouldContain("3");
    }

    [Theory]
    [InlineData("v1/1", 4)]
    [InlineData("v1/2", 1)]
    [InlineData("v1/a/b", 3)]
    public async Task Verify_SnapshotAheadOfItsStream_FindsIt(string key, long version)
    {
        await AppendAsync(Sample.StreamOf("1"), 3);
        await AppendAsync(Sample.StreamOf("a/b"), 2);
        await WriteAsync(Sample.Document("v1/sound", version: 1, collection: Sample.Carts), Sample.Document(key, version: version, collection: Sample.Views));

        var finding = (await VerifyAsync()).ShouldHaveSingleItem();

        finding.Problem.ShouldBe(StoreProblem.SnapshotAheadOfStream);
        finding.Subject.ShouldContain(key);
    }

    [Theory]
    [InlineData("v1/1", 3)]
    [InlineData("v1/a/b", 2)]
    public async Task Verify_SnapshotAsNewAsItsStream_FindsNothing(string key, long version)
    {
        await AppendAsync(Sample.StreamOf("1"), 3);
        await AppendAsync(Sample.StreamOf("a/b"), 2);
        await WriteAsync(Sample.Document(key, version: version, collection: Sample.Views));

        (await VerifyAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Verify_WhileOthersWrite_FindsNothingInASoundStore()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var writing = Task.Run(
            async () =>
            {
                for (var n = 0L; !stop.IsCancellationRequested; n++)
                {
                    var before = await HeadAsync();
                    var result = await AppendAsync(Sample.Stream, 1);
                    await CommitAsync(Commits.Move(new($"handler{n}"), 0, result.Head));
                    await WriteAsync(Sample.Document("v1/1", version: n + 1, expected: ExpectedDocument.Older, collection: Sample.Views));
                    result.HeadBefore.ShouldBe(before);
                }
            },
            Cancellation);

        for (var n = 0; n < 10; n++)
            (await VerifyAsync()).ShouldBeEmpty();

        await stop.CancelAsync();
        await writing;
    }

    [Fact]
    public async Task ListStreams_OfACategory_ComeInOrderOfTheirNamesAPageAtATime()
    {
        foreach (var id in new[] { "c", "a", "b" })
            await AppendAsync(StreamName.Create("listed", id), 2);
        await AppendAsync(StreamName.Create("other", "x"), 1);

        var first = await Store.ListStreamsAsync("listed", null, 2, Cancellation);
        var second = await Store.ListStreamsAsync("listed", first[^1].Stream.Value, 2, Cancellation);

        first.Concat(second).Select(s => (s.Stream.Value, s.Version)).ShouldBe([("listed-a", 1), ("listed-b", 1), ("listed-c", 1)]);
    }

    private static NewMessage At(int seconds) => Sample.Message(time: Sample.Time.AddSeconds(seconds));

    private async Task<long> StartAsync(int seconds) => await Store.FindStartAsync(Sample.Time.AddSeconds(seconds), Cancellation);

    private async Task<List<StoreFinding>> VerifyAsync() =>
        await Store.VerifyAsync([new(Sample.Views, Sample.Category)], Cancellation).ToListAsync(Cancellation);
}
