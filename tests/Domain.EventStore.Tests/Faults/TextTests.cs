using Protean.EventStore.Conformance;
using Protean.EventStore.Tests.Conformance;
using Protean.EventStore.Tests.Stores;
using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Tests.Faults;

/// <summary>Text that PostgreSQL cannot hold is refused with the name of what it stands in, and costs nobody else anything.</summary>
public sealed class TextTests(ConformanceDatabase database) : PostgresTests(database)
{
    private const string Null = "a\0b";
    private static readonly string _half = new(['a', '\ud800', 'b']);
    private static readonly CheckpointKey _handler = new("handler");
    private static readonly FailureKey _failure = new("handler", "Handle", 1);

    public static TheoryData<string, string> Places => new()
    {
        { "type", "The type of message" },
        { "correlation id", "The correlation id of message" },
        { "cause stream", "The cause stream of message" },
        { "origin stream", "The origin stream of message" },
        { "root stream", "The root stream of message" },
        { "trace parent", "The trace parent of message" },
        { "stamp", "The stamp of document 'd' of 'shop::cart'" },
        { "data of a checkpoint", "The data of checkpoint 'handler'" },
        { "data of a lease", "The data of checkpoint 'handler'" },
        { "message type of a failure", "The message type of failure of 'handler.Handle' at position 1" },
        { "stream of a failure", "The stream of failure of 'handler.Handle' at position 1" },
        { "park key", "The park key of failure of 'handler.Handle' at position 1" },
        { "payload hash", "The payload hash of key 'k' of 'Shop.PlaceOrder'" },
    };

    public static TheoryData<string> Problems => new("U+0000", "surrogate");

    public static TheoryData<string, string> Names => new()
    {
        { "stream", "The name of stream" },
        { "document", "The key of a document of 'shop::cart'" },
        { "checkpoint", "The name of a checkpoint" },
        { "owner", "The owner of checkpoint 'handler'" },
        { "handler", "The handler of a failure" },
        { "method", "The method of a failure of 'handler'" },
        { "key", "An idempotency key of 'Shop.PlaceOrder'" },
        { "scope", "The scope of an idempotency key" },
        { "mark", "The handler of a mark" },
    };

    [Theory(Timeout = HangLimit)]
    [MemberData(nameof(Places))]
    public async Task CommitAsync_TextWithU0000_NamesWhereItStandsAndGoesOn(string place, string culprit) => await GoesOnAsync(await RefusesAsync(In(place, Null), culprit, "U+0000"));

    [Theory(Timeout = HangLimit)]
    [MemberData(nameof(Places))]
    [MemberData(nameof(Names))]
    public async Task CommitAsync_TextWithHalfACharacter_NamesWhereItStandsAndGoesOn(string place, string culprit) => await GoesOnAsync(await RefusesAsync(In(place, _half), culprit, "surrogate"));

    [Theory(Timeout = HangLimit)]
    [InlineData("""{"name":"a\u0000b"}""", "U+0000 in 'name'")]
    [InlineData("""{"address":{"city":"\u0000"}}""", "U+0000 in 'address.city'")]
    [InlineData("""{"a":{"b":1},"lines":["x",{"text":"\u0000"}]}""", "U+0000 in 'lines.text'")]
    [InlineData("""{"child":{"child":{"name":"\u0000"}}}""", "U+0000 in 'child.child.name'")]
    [InlineData("""{"tags":[["x"],{"a":1},"\u0000"]}""", "U+0000 in 'tags'")]
    [InlineData("""{"a":{"b\u0000":1}}""", "U+0000 in 'a.b\\u0000'")]
    [InlineData("""{"name":"\ud800"}""", "in 'name'")]
    [InlineData("""{"\ud800":1}""", "in '\\ud800'")]
    [InlineData("""{"address":{"city":"\ud800","street":"\u0000"}}""", "in 'address.city'")]
    public async Task CommitAsync_DocumentWithSuchText_NamesTheMember(string body, string culprit)
    {
        var store = await OpenAsync();

        var error = await Should.ThrowAsync<ArgumentException>(() => store.CommitAsync(Commits.Write(Sample.Document("d", body)), Cancellation).AsTask());

        error.Message.ShouldContain("document 'd' of 'shop::cart'");
        error.Message.ShouldContain(culprit);
        (await store.CountDocumentsAsync(new() { Collection = Sample.Carts }, Cancellation)).ShouldBe(0);
    }

    [Theory(Timeout = HangLimit)]
    [InlineData("""{"path":"C:\\u0000"}""")]
    [InlineData("""{"text":"😀\ud83d\ude00"}""")]
    public async Task CommitAsync_DocumentWithTextThatOnlyLooksLikeIt_IsTaken(string body)
    {
        var store = await OpenAsync();

        await store.CommitAsync(Commits.Write(Sample.Document("d", body)), Cancellation);

        (await store.LoadDocumentAsync(new(Sample.Carts, "d"), Cancellation)).ShouldNotBeNull();
    }

    [Theory(Timeout = HangLimit)]
    [InlineData("{\"a\":\"\0\"}", "U+0000")]
    [InlineData("{\"a\":", "not valid JSON")]
    [InlineData("{} {}", "not valid JSON")]
    public async Task CommitAsync_MessageWithABodyThatIsNone_NamesTheMessage(string body, string problem)
    {
        var message = Sample.Message(body: body);

        await GoesOnAsync(await RefusesAsync(Commits.Append(Sample.Stream, ExpectedVersion.Any, message), $"The body of message {message.Id} for stream 'shop::order-1'", problem));
    }

    [Fact(Timeout = HangLimit)]
    public async Task CommitAsync_MessageWithABodyThatIsNoUtf8_NamesTheMessage()
    {
        var message = Sample.Message() with { Body = new byte[] { (byte)'"', 0xff, (byte)'"' } };

        await GoesOnAsync(await RefusesAsync(Commits.Append(Sample.Stream, ExpectedVersion.Any, message), $"The body of message {message.Id}", "UTF-8"));
    }

    [Fact(Timeout = HangLimit)]
    public async Task CommitAsync_U0000InHeadersAndKeyOfAMessage_IsKept()
    {
        var store = await OpenAsync();
        var metadata = new MessageMetadata { CorrelationId = "c", IdempotencyKey = Null, Headers = new Dictionary<string, string> { [Null] = Null } };

        await store.CommitAsync(Commits.Append(Sample.Stream, ExpectedVersion.NoStream, Sample.Message(metadata: metadata)), Cancellation);

        var stored = (await LogAsync(store)).ShouldHaveSingleItem().Metadata;
        stored.IdempotencyKey.ShouldBe(Null);
        stored.Headers[Null].ShouldBe(Null);
    }

    [Fact(Timeout = HangLimit)]
    public async Task CommitAsync_ManyAtOnceAndOneWithU0000_TheOthersAreWritten()
    {
        var store = await OpenAsync(options => options.Writers = 1);
        await using var held = await HoldAppendLockAsync();
        var lead = store.CommitAsync(Commits.Move(_handler, 0, 1), Cancellation).AsTask();
        await UntilWaitingForLockAsync(1);
        var good = Enumerable.Range(0, 5).Select(n => store.CommitAsync(Commits.Append(Sample.StreamOf($"{n}"), ExpectedVersion.NoStream, Sample.Message()), Cancellation).AsTask()).ToArray();
        var bad = store.CommitAsync(In("type", Null), Cancellation).AsTask();
        await held.ReleaseAsync();

        (await Should.ThrowAsync<ArgumentException>(() => bad)).Message.ShouldContain("The type of message");

        await lead;
        (await Task.WhenAll(good)).Select(static result => result.Head).ShouldBe([1L, 2, 3, 4, 5]);
    }

    [Theory(Timeout = HangLimit)]
    [MemberData(nameof(Problems))]
    public async Task CommitAsync_SuchTextBesideUserWork_KeepsNeither(string problem)
    {
        var store = await OpenAsync();
        await Sql.RunAsync($"create table public.users_own_{Schema} (x int)");
        var commit = new Commit { Appends = In("type", With(problem)).Appends, UserWork = [Writing.UserWork.Of($"insert into public.users_own_{Schema} values (1)")] };

        var error = await Should.ThrowAsync<ArgumentException>(() => store.CommitAsync(commit, Cancellation).AsTask());

        error.Message.ShouldContain("The type of message");
        error.Message.ShouldContain(problem);
        (await Sql.ScalarAsync<long>($"select count(*) from public.users_own_{Schema}")).ShouldBe(0);
        await store.CommitAsync(new() { UserWork = commit.UserWork }, Cancellation);
        (await Sql.ScalarAsync<long>($"select count(*) from public.users_own_{Schema}")).ShouldBe(1);
    }

    [Theory(Timeout = HangLimit)]
    [MemberData(nameof(Problems))]
    public async Task TruncateStreamAsync_BaselineWithSuchText_NamesWhereItStands(string problem)
    {
        var store = await OpenAsync();
        await store.CommitAsync(Commits.Append(Sample.Stream, ExpectedVersion.NoStream, Sample.Messages(3)), Cancellation);

        var error = await Should.ThrowAsync<ArgumentException>(() => store.TruncateStreamAsync(Sample.Stream, 1, Sample.Message(With(problem), MessageKind.Baseline), Cancellation).AsTask());

        error.Message.ShouldContain("The type of message");
        error.Message.ShouldContain(problem);
        (await LogAsync(store)).Count.ShouldBe(3);
        (await store.TruncateStreamAsync(Sample.Stream, 1, Sample.Message(kind: MessageKind.Baseline), Cancellation)).ShouldBe(1);
    }

    [Theory(Timeout = HangLimit)]
    [MemberData(nameof(Problems))]
    public async Task HeartbeatAsync_DataWithSuchText_NamesTheNode(string problem)
    {
        var store = await OpenAsync();

        var error = await Should.ThrowAsync<ArgumentException>(() => store.HeartbeatAsync(new("a", TimeSpan.FromMinutes(1), With(problem)), Cancellation).AsTask());

        error.Message.ShouldContain("The data of node 'a'");
        error.Message.ShouldContain(problem);
        (await store.HeartbeatAsync(new("a", TimeSpan.FromMinutes(1), "x"), Cancellation)).ShouldHaveSingleItem().Data.ShouldBe("x");
    }

    [Theory(Timeout = HangLimit)]
    [InlineData(4_000)]
    [InlineData(10_000)]
    public async Task CommitAsync_ValueTooLongForItsIndex_NamesDocumentAndIndex(int bytes)
    {
        var store = await OpenAsync();
        var random = new Random(1);
        var text = Convert.ToHexString(Enumerable.Range(0, bytes).Select(_ => (byte)random.Next(256)).ToArray());

        var error = await Should.ThrowAsync<ArgumentException>(() => store.CommitAsync(Commits.Write(Sample.Document("other", """{"total":1}"""), Sample.Document("d", $$"""{"total":"{{text}}"}""")), Cancellation).AsTask());

        error.Message.ShouldContain("document 'd' of 'shop::cart'");
        error.Message.ShouldContain("index 'total'");
        error.Message.ShouldNotContain(text[..50]);
        await store.CommitAsync(Commits.Write(Sample.Document("d", $$"""{"other":"{{text}}"}""")), Cancellation);
    }

    private static string With(string problem) => problem == "surrogate" ? _half : Null;

    private async Task<PostgresEventStore> RefusesAsync(Commit commit, string culprit, string problem)
    {
        var store = await OpenAsync();

        var error = await Should.ThrowAsync<ArgumentException>(() => store.CommitAsync(commit, Cancellation).AsTask());

        error.Message.ShouldContain(culprit);
        error.Message.ShouldContain(problem);
        (await LogAsync(store)).ShouldBeEmpty();
        (await store.LoadDocumentAsync(new(Sample.Carts, "good"), Cancellation)).ShouldBeNull();
        return store;
    }

    private static async Task GoesOnAsync(PostgresEventStore store) =>
        (await store.CommitAsync(Commits.Append(Sample.Stream, ExpectedVersion.NoStream, Sample.Message()), Cancellation)).Head.ShouldBe(1);

    private static Commit In(string place, string text) => place switch
    {
        "type" => Append(Sample.Message(text)),
        "correlation id" => Append(Sample.Message(metadata: new() { CorrelationId = text })),
        "cause stream" => Append(Sample.Message(metadata: new() { CorrelationId = "c", CauseStream = text })),
        "origin stream" => Append(Sample.Message(metadata: new() { CorrelationId = "c", OriginStream = text })),
        "root stream" => Append(Sample.Message(metadata: new() { CorrelationId = "c", RootStream = text })),
        "trace parent" => Append(Sample.Message(metadata: new() { CorrelationId = "c", TraceParent = text })),
        "stream" => Commits.Append(Sample.StreamOf(text), ExpectedVersion.Any, Sample.Message()),
        "stamp" => Commits.Write(Sample.Document("good"), Sample.Document("d") with { Stamp = text }),
        "document" => Commits.Write(Sample.Document("good"), Sample.Document(text)),
        _ => InProgress(place, text),
    };

    private static Commit InProgress(string place, string text) => place switch
    {
        "checkpoint" => Commits.Move(new(text), 0, 1),
        "data of a checkpoint" => Commits.Move(_handler, 0, 1, data: text),
        "owner" => Commits.Lease(_handler, 0, text),
        "data of a lease" => Commits.Lease(_handler, 0, "a", data: text),
        "message type of a failure" => Commits.Fail(Sample.Failure(_failure, messageType: text)),
        "stream of a failure" => Commits.Fail(Sample.Failure(_failure) with { Stream = text }),
        "park key" => Commits.Fail(Sample.Failure(_failure, parkKey: text)),
        "handler" => Commits.Fail(Sample.Failure(_failure with { Handler = text })),
        "method" => Commits.Fail(Sample.Failure(_failure with { Method = text })),
        "payload hash" => Commits.Claim(Sample.Key("k") with { PayloadHash = text }),
        "key" => Commits.Claim(Sample.Key(text)),
        "scope" => Commits.Claim(Sample.Key("k", text)),
        "mark" => Commits.Mark(new HandledMark(text, "Handle", 1)),
        _ => throw new ArgumentOutOfRangeException(nameof(place), place, null),
    };

    private static Commit Append(NewMessage message) => new() { Appends = [new(Sample.Stream, ExpectedVersion.Any, [Sample.Message(), message])], Documents = [Sample.Document("good")] };

    private static async Task<IReadOnlyList<StoredMessage>> LogAsync(PostgresEventStore store) =>
        (await store.ReadLogAsync(new() { After = 0, MaxCount = 100 }, Cancellation)).Messages;
}
