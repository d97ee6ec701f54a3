using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Conformance;

/// <summary>What is appended comes back as it was, where the result says.</summary>
public abstract class AppendConformance(IStoreHarness harness) : StoreConformance(harness)
{
    [Fact]
    public async Task Append_Message_ComesBackAsWritten()
    {
        var message = Sample.Message("Shop.OrderPlaced.v2", body: """{"quantity":3}""");

        await AppendAsync(Sample.Stream, message);

        var stored = await SingleAsync();
        stored.ShouldSatisfyAllConditions(
            () => stored.Id.ShouldBe(message.Id),
            () => stored.Type.ShouldBe("Shop.OrderPlaced.v2"),
            () => stored.Kind.ShouldBe(MessageKind.Event),
            () => stored.Time.ShouldBe(message.Time),
            () => stored.Stream.ShouldBe(Sample.Stream),
            () => stored.Stream.Category.ShouldBe(Sample.Category),
            () => Sample.Text(stored.Body).ShouldBe("""{"quantity":3}"""));
    }

    [Fact]
    public async Task Append_FullMetadata_ComesBackAsWritten()
    {
        var metadata = new MessageMetadata
        {
            CorrelationId = "c-1",
            CausationId = Guid.CreateVersion7(),
            CauseStream = "shop::order:command-1",
            OriginStream = "shop::cart-2",
            RootStream = "shop::user-3",
            TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            Deadline = Sample.Time.AddMinutes(5),
            IdempotencyKey = "key-1",
            Headers = new Dictionary<string, string> { ["tenant"] = "a", ["Tenant"] = "Ä \"b\"", ["empty"] = "" },
        };

        await AppendAsync(Sample.Stream, Sample.Message(metadata: metadata));

        var stored = (await SingleAsync()).Metadata;
        stored.ShouldSatisfyAllConditions(
            () => stored.CorrelationId.ShouldBe(metadata.CorrelationId),
            () => stored.CausationId.ShouldBe(metadata.CausationId),
            () => stored.CauseStream.ShouldBe(metadata.CauseStream),
            () => stored.OriginStream.ShouldBe(metadata.OriginStream),
            () => stored.RootStream.ShouldBe(metadata.RootStream),
            () => stored.TraceParent.ShouldBe(metadata.TraceParent),
            () => stored.Deadline.ShouldBe(metadata.Deadline),
            () => stored.IdempotencyKey.ShouldBe(metadata.IdempotencyKey),
            () => stored.Headers.OrderBy(h => h.Key, StringComparer.Ordinal).ShouldBe(metadata.Headers.OrderBy(h => h.Key, StringComparer.Ordinal)));
    }

    [Fact]
    public async Task Append_LeastMetadata_ComesBackWithoutTheRest()
    {
        await AppendAsync(Sample.Stream, Sample.Message(metadata: new() { CorrelationId = "c" }));

        var stored = (await SingleAsync()).Metadata;
        stored.ShouldSatisfyAllConditions(
            () => stored.CausationId.ShouldBeNull(),
            () => stored.CauseStream.ShouldBeNull(),
            () => stored.OriginStream.ShouldBeNull(),
            () => stored.RootStream.ShouldBeNull(),
            () => stored.TraceParent.ShouldBeNull(),
            () => stored.Deadline.ShouldBeNull(),
            () => stored.IdempotencyKey.ShouldBeNull(),
            () => stored.Headers.ShouldBeEmpty());
    }

    [Theory]
    [InlineData("{ \"b\" : 1,\n \"a\" : 2.50, \"a\": 1e2 }")]
    [InlineData("""{"text":"Grüße 🌍 \u00e4 \u0000 \/"}""")]
    [InlineData("[1,2]")]
    [InlineData("7")]
    public async Task Append_Body_ComesBackByteForByte(string body)
    {
        await AppendAsync(Sample.Stream, Sample.Message(body: body));

        Sample.Text((await SingleAsync()).Body).ShouldBe(body);
    }

    [Fact]
    public async Task Append_Time_IsKeptToTheMicrosecond()
    {
        var time = Sample.Time.AddTicks(12_345_678);

        await AppendAsync(Sample.Stream, Sample.Message(time: time));

        (await SingleAsync()).Time.ShouldBe(Sample.Time.AddTicks(12_345_670));
    }

    [Fact]
    public async Task Append_LargeBody_ComesBackByteForByte()
    {
        var body = $$"""{"text":"{{new string('ä', 600_000)}}"}""";

        await AppendAsync(Sample.Stream, Sample.Message(body: body));

        (await SingleAsync()).Body.Span.SequenceEqual(Sample.Utf8(body)).ShouldBeTrue();
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0u)]
    [InlineData(uint.MaxValue)]
    public async Task Append_Checksum_ComesBackAsWritten(uint? checksum)
    {
        await AppendAsync(Sample.Stream, Sample.Message(checksum: checksum));

        (await SingleAsync()).Checksum.ShouldBe(checksum);
    }

    [Fact]
    public async Task Append_TimeWithOffset_KeepsTheInstant()
    {
        var time = new DateTimeOffset(2026, 7, 1, 23, 30, 0, 125, TimeSpan.FromHours(-5));

        await AppendAsync(Sample.Stream, Sample.Message(time: time));

        (await SingleAsync()).Time.ShouldBe(time);
    }

    [Theory]
    [InlineData(MessageKind.Event)]
    [InlineData(MessageKind.Command)]
    [InlineData(MessageKind.HandledCommand)]
    [InlineData(MessageKind.Notification)]
    [InlineData(MessageKind.Fact)]
    public async Task Append_Kind_ComesBackAsWritten(MessageKind kind)
    {
        await AppendAsync(Sample.Stream, Sample.Message(kind: kind));

        (await SingleAsync()).Kind.ShouldBe(kind);
    }

    [Fact]
    public async Task Append_FirstMessage_StandsAtPositionZeroAndAtAGlobalPositionAboveZero()
    {
        var result = await AppendAsync(Sample.Stream, 1);

        var stored = await SingleAsync();
        stored.Position.ShouldBe(0);
        stored.GlobalPosition.ShouldBe(result.FirstPosition);
        result.FirstPosition.ShouldBeGreaterThan(0);
        result.StreamPositions.ShouldBe([0L]);
    }

    [Fact]
    public async Task Append_SeveralMessages_StandInARow()
    {
        await AppendAsync(Sample.Stream, 2);

        var result = await AppendAsync(Sample.Stream, 3);

        var added = (await ReadAsync(Sample.Stream, from: 2)).Messages;
        added.Select(m => m.Position).ShouldBe([2L, 3, 4]);
        added.Select(m => m.GlobalPosition).ShouldBe([result.FirstPosition, result.FirstPosition + 1, result.FirstPosition + 2]);
        result.StreamPositions.ShouldBe([2L]);
        result.Head.ShouldBe(result.FirstPosition + 2);
    }

    [Fact]
    public async Task Append_SeveralStreams_StandInARowInTheOrderOfTheCommit()
    {
        var (b, a) = (Sample.StreamOf("b"), Sample.StreamOf("a"));
        await AppendAsync(a, 2);

        var result = await CommitAsync(Commits.Append(
            new StreamAppend(b, ExpectedVersion.NoStream, Sample.Messages(2)), new StreamAppend(a, 1, Sample.Messages(1))));

        result.StreamPositions.ShouldBe([0L, 2]);
        var log = (await ReadLogAsync(new() { After = result.HeadBefore, MaxCount = Everything })).Messages;
        log.Select(m => (m.Stream, m.Position, m.GlobalPosition - result.FirstPosition)).ShouldBe([(b, 0L, 0L), (b, 1L, 1L), (a, 2L, 2L)]);
    }

    [Fact]
    public async Task Append_OneAfterTheOther_EachBeginsWhereTheLastEnded()
    {
        var first = await AppendAsync(Sample.Stream, 2);
        var second = await AppendAsync(Sample.StreamOf("2"), 1);

        first.HeadBefore.ShouldBe(0);
        second.HeadBefore.ShouldBe(first.Head);
        second.FirstPosition.ShouldBeGreaterThan(first.Head);
        second.Head.ShouldBe(await HeadAsync());
    }

    [Fact]
    public async Task Commit_WithoutAppends_LeavesTheHeadWhereItIs()
    {
        var head = (await AppendAsync(Sample.Stream, 1)).Head;

        var result = await WriteAsync(Sample.Document("a"));

        result.ShouldSatisfyAllConditions(
            () => result.HeadBefore.ShouldBe(head),
            () => result.Head.ShouldBe(head),
            () => result.FirstPosition.ShouldBe(0),
            () => result.StreamPositions.ShouldBeEmpty(),
            () => result.AlreadyCommitted.ShouldBeFalse());
    }

    [Fact]
    public async Task Commit_Empty_ChangesNothing()
    {
        var result = await CommitAsync(new());

        result.Head.ShouldBe(0);
        (await ReadLogAsync()).Messages.ShouldBeEmpty();
    }

    [Fact]
    public async Task Append_StreamsThatDifferInCase_AreTwoStreams()
    {
        await AppendAsync(Sample.StreamOf("a"), 1);
        await AppendAsync(Sample.StreamOf("A"), 1);

        (await ReadAsync(Sample.StreamOf("A"))).Version.ShouldBe(0);
    }

    [Theory]
    [InlineData("018f3c52-95a0-7cc0-b1a2-0123456789ab")]
    [InlineData("a b/c'd\"e\\f%g_h")]
    [InlineData("Grüße-🌍")]
    public async Task Append_UnusualId_IsFoundUnderItsName(string id)
    {
        await AppendAsync(Sample.StreamOf(id), 1);

        var stored = await SingleAsync(Sample.StreamOf(id));
        stored.Stream.Value.ShouldBe($"{Sample.Category}-{id}");
        stored.Stream.Category.ShouldBe(Sample.Category);
    }

    [Fact]
    public async Task Append_LongestName_IsFoundUnderItsName()
    {
        var stream = StreamName.Create(new('c', StreamName.MaxCategoryLength), new('ä', StreamName.MaxIdLength));

        await AppendAsync(stream, 1);

        (await SingleAsync(stream)).Stream.ShouldBe(stream);
    }

    [Fact]
    public async Task Append_IdThatIsTaken_IsRefused()
    {
        var message = Sample.Message();
        await AppendAsync(Sample.Stream, message);

        var error = await RefusedAsync<DuplicateMessageException>(Commits.Append(Sample.StreamOf("2"), ExpectedVersion.Any, message));

        error.Id.ShouldBe(message.Id);
        (await ReadAsync(Sample.StreamOf("2"))).Messages.ShouldBeEmpty();
    }

    [Fact]
    public async Task Append_OneIdTwiceInACommit_IsRefused()
    {
        var message = Sample.Message();

        var error = await RefusedAsync<DuplicateMessageException>(Commits.Append(
            new StreamAppend(Sample.StreamOf("1"), ExpectedVersion.Any, [Sample.Message(), message]),
            new StreamAppend(Sample.StreamOf("2"), ExpectedVersion.Any, [message])));

        error.Id.ShouldBe(message.Id);
        (await ReadLogAsync()).Messages.ShouldBeEmpty();
    }

    [Fact]
    public async Task Append_AfterARefusedId_TheOtherIdsAreStillFree()
    {
        var (taken, free) = (Sample.Message(), Sample.Message());
        await AppendAsync(Sample.Stream, taken);
        await RefusedAsync<DuplicateMessageException>(Commits.Append(Sample.Stream, ExpectedVersion.Any, free, taken));

        await AppendAsync(Sample.Stream, free);

        (await ReadAsync(Sample.Stream)).Messages.Select(m => m.Id).ShouldBe([taken.Id, free.Id]);
    }

    private async Task<StoredMessage> SingleAsync(StreamName? stream = null) =>
        (await ReadAsync(stream ?? Sample.Stream)).Messages.ShouldHaveSingleItem();
}
