using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Conformance;

/// <summary>What can never be written or read is refused with an error that names the culprit, and nothing else suffers.</summary>
public abstract class BadInputConformance(IStoreHarness harness) : StoreConformance(harness)
{
    private static readonly string TooLong = new('x', 251);

    [Theory]
    [MemberData(nameof(BadCommits))]
    public async Task Commit_BadInput_NamesTheCulpritAndWritesNothing(string name, string culprit)
    {
        var error = await InvalidAsync(BadCommit(name));

        error.Message.ShouldContain(culprit);
        (await ReadLogAsync()).Messages.ShouldBeEmpty();
        (await LoadAsync("good")).ShouldBeNull();
        await AppendAsync(Sample.Stream, 1);
    }

    [Fact]
    public async Task Commit_Null_IsAnError() => await InvalidAsync(() => Store.CommitAsync(null!, Cancellation));

    [Theory]
    [InlineData("Cart")]
    [InlineData("cart-1")]
    [InlineData("cart\"; drop table x; --")]
    [InlineData("")]
    [InlineData(null)]
    public async Task Initialize_CollectionWithABadName_IsAnErrorThatNamesIt(string? name)
    {
        var error = await InitializeInvalidAsync(new CollectionDefinition(name!, []));

        error.Message.ShouldContain($"'{name}'");
    }

    [Theory]
    [InlineData("Email")]
    [InlineData("e:mail")]
    [InlineData("e-mail")]
    [InlineData("")]
    [InlineData("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")]
    public async Task Initialize_IndexWithABadName_IsAnErrorThatNamesIt(string name)
    {
        var error = await InitializeInvalidAsync(new CollectionDefinition("shop::new", [new(name, [["n"]], Unique: true)]));

        error.Message.ShouldContain($"'{name}'");
    }

    [Fact]
    public async Task Initialize_NameThatIsTooLong_IsAnError() =>
        await InitializeInvalidAsync(new CollectionDefinition(new('x', 201), []));

    [Fact]
    public async Task Initialize_CollectionTwice_IsAnError() =>
        await InitializeInvalidAsync(new("shop::new", []), new CollectionDefinition("shop::new", []));

    [Fact]
    public async Task Initialize_IndexTwice_IsAnError() =>
        await InitializeInvalidAsync(new CollectionDefinition("shop::new", [new("n", [["n"]], Unique: true), new("n", [["m"]], Unique: false)]));

    [Fact]
    public async Task Initialize_IndexWithoutPaths_IsAnError() =>
        await InitializeInvalidAsync(new CollectionDefinition("shop::new", [new("n", [], Unique: true)]));

    [Theory]
    [InlineData("")]
    [InlineData("a\"b")]
    [InlineData("a\\b")]
    [InlineData("a\0b")]
    public async Task Initialize_IndexWithABadMember_IsAnError(string member) =>
        await InitializeInvalidAsync(new CollectionDefinition("shop::new", [new("n", [[member]], Unique: true)]));

    public static TheoryData<string, string> BadCommits() => new()
    {
        { "empty commit id", "id" },
        { "no stream", "stream" },
        { "stream with U+0000", "shop::order-a" },
        { "null messages", "shop::order-1" },
        { "no messages", "shop::order-1" },
        { "expected version", "shop::order-1" },
        { "stream twice", "shop::order-1" },
        { "empty message id", "shop::order-1" },
        { "no type", "shop::order-1" },
        { "no kind", "kind" },
        { "two kinds", "kind" },
        { "unknown kind", "kind" },
        { "no body", "body" },
        { "body of a message too long", "bytes" },
        { "no metadata", "correlation" },
        { "no correlation id", "correlation" },
        { "unknown collection", "shop::unknown" },
        { "no collection", "collection" },
        { "no key", "shop::cart" },
        { "key too long", "shop::cart" },
        { "key with U+0000", "a\\0b" },
        { "document twice", "bad" },
        { "document version", "bad" },
        { "document expected", "bad" },
        { "delete over older", "bad" },
        { "body empty", "bad" },
        { "body of a document too long", "bad" },
        { "body is no JSON", "bad" },
        { "body is a list", "bad" },
        { "body goes on", "bad" },
        { "generation of unknown collection", "shop::unknown" },
        { "negative generation", "shop::cart" },
        { "checkpoint without name", "checkpoint" },
        { "checkpoint name too long", "checkpoint" },
        { "checkpoint partition", "bad" },
        { "checkpoint position", "bad" },
        { "checkpoint epoch", "bad" },
        { "checkpoint twice", "bad" },
        { "lease twice", "bad" },
        { "lease with empty owner", "owner" },
        { "failure of another key", "bad" },
        { "failure revision", "bad" },
        { "failure twice", "bad" },
        { "failure position", "bad" },
        { "failure without method", "bad" },
        { "purge without handler", "handler" },
        { "purge twice", "bad" },
        { "key without scope", "scope" },
        { "idempotency key too long", "Shop.PlaceOrder" },
        { "key twice", "bad" },
        { "release without scope", "scope" },
        { "release without key", "'bad'" },
        { "release without hash", "'bad'" },
        { "release twice", "bad" },
        { "mark twice", "bad" },
        { "mark without handler", "handler" },
    };

    private static Commit BadCommit(string name) => name switch
    {
        "empty commit id" => new() { Id = Guid.Empty, Documents = [Sample.Document("good")] },
        "no stream" => WithAppends(new StreamAppend(default, ExpectedVersion.Any, Sample.Messages(1))),
        "stream with U+0000" => WithAppends(new StreamAppend(Sample.StreamOf("a\0b"), ExpectedVersion.Any, Sample.Messages(1))),
        "null messages" => WithAppends(new StreamAppend(Sample.Stream, ExpectedVersion.Any, null!)),
        "no messages" => WithAppends(new StreamAppend(Sample.Stream, ExpectedVersion.Any, [])),
        "expected version" => WithAppends(new StreamAppend(Sample.Stream, -3, Sample.Messages(1))),
        "stream twice" => WithAppends(new(Sample.Stream, ExpectedVersion.Any, Sample.Messages(1)), new StreamAppend(Sample.Stream, ExpectedVersion.Any, Sample.Messages(1))),
        "empty message id" => WithMessage(Sample.Message() with { Id = Guid.Empty }),
        "no type" => WithMessage(Sample.Message(type: "")),
        "no kind" => WithMessage(Sample.Message(kind: MessageKind.None)),
        "two kinds" => WithMessage(Sample.Message(kind: MessageKind.Event | MessageKind.Fact)),
        "unknown kind" => WithMessage(Sample.Message(kind: (MessageKind)128)),
        "no body" => WithMessage(Sample.Message(body: "")),
        "body of a message too long" => WithMessage(Sample.Message() with { Body = new byte[CommitValidation.MaxBodyLength + 1] }),
        "no metadata" => WithMessage(Sample.Message() with { Metadata = null! }),
        "no correlation id" => WithMessage(Sample.Message(metadata: new() { CorrelationId = "" })),
        _ => BadDocument(name),
    };

    private static Commit BadDocument(string name) => name switch
    {
        "unknown collection" => WithDocuments(Sample.Document("bad", collection: "shop::unknown")),
        "no collection" => WithDocuments(Sample.Document("bad", collection: null!)),
        "no key" => WithDocuments(Sample.Document("")),
        "key too long" => WithDocuments(Sample.Document(TooLong)),
        "key with U+0000" => WithDocuments(Sample.Document("a\0b")),
        "document twice" => WithDocuments(Sample.Document("bad"), Sample.Deletion("bad", ExpectedDocument.Any)),
        "document version" => WithDocuments(Sample.Document("bad", version: 0)),
        "document expected" => WithDocuments(Sample.Document("bad", expected: -1)),
        "delete over older" => WithDocuments(Sample.Deletion("bad", ExpectedDocument.Older)),
        "body empty" => WithDocuments(Sample.Document("bad", "")),
        "body of a document too long" => WithDocuments(Sample.Document("bad") with { Body = new byte[CommitValidation.MaxBodyLength + 1] }),
        "body is no JSON" => WithDocuments(Sample.Document("bad", "{\"a\":}")),
        "body is a list" => WithDocuments(Sample.Document("bad", "[{}]")),
        "body goes on" => WithDocuments(Sample.Document("bad", "{} {}")),
        "generation of unknown collection" => With(Commits.Change("shop::unknown", GenerationAction.Begin, 1)),
        "negative generation" => With(Commits.Change(Sample.Carts, GenerationAction.Begin, -1)),
        _ => BadProgress(name),
    };

    private static Commit BadProgress(string name)
    {
        var key = new CheckpointKey("bad");
        var failure = new FailureKey("bad", "Handle", 1);
        var write = new FailureWrite(failure, FailureWrite.AnyRevision, Sample.Failure(failure));
        return name switch
        {
            "checkpoint without name" => With(Commits.Move(new(""), 0, 1)),
            "checkpoint name too long" => With(Commits.Move(new(TooLong), 0, 1)),
            "checkpoint partition" => With(Commits.Move(new("bad", -2), 0, 1)),
            "checkpoint position" => With(Commits.Move(key, 0, -1)),
            "checkpoint epoch" => With(Commits.Move(key, 0, 1, epoch: -1)),
            "checkpoint twice" => With(new Commit { Checkpoints = [new(key, 0, 1, 0), new(key, 1, 2, 0)] }),
            "lease twice" => With(new Commit { Leases = [new(key, 0, "a"), new(key, 1, "b")] }),
            "lease with empty owner" => With(Commits.Lease(key, 0, "")),
            "failure of another key" => With(new Commit { Failures = [write with { Key = failure with { GlobalPosition = 2 } }] }),
            "failure revision" => With(new Commit { Failures = [write with { ExpectedRevision = -2 }] }),
            "failure twice" => With(new Commit { Failures = [write, write with { Record = null }] }),
            "failure position" => With(Commits.Forget(failure with { GlobalPosition = 0 }, 0)),
            "failure without method" => With(Commits.Forget(failure with { Method = "" }, 0)),
            "purge without handler" => With(Commits.Purge(new FailurePurge(""))),
            "purge twice" => With(Commits.Purge(new("bad", 1), new FailurePurge("bad", 1))),
            "key without scope" => With(Commits.Claim(Sample.Key("k", scope: ""))),
            "idempotency key too long" => With(Commits.Claim(Sample.Key(TooLong))),
            "key twice" => With(Commits.Claim(Sample.Key("bad"), Sample.Key("bad"))),
            "release without scope" => With(Commits.Release(new KeyRelease("", "bad", "h"))),
            "release without key" => With(Commits.Release(new KeyRelease("bad", "", "h"))),
            "release without hash" => With(Commits.Release(new KeyRelease("s", "bad", null!))),
            "release twice" => With(Commits.Release(new("s", "bad", "h"), new KeyRelease("s", "bad", "other"))),
            "mark twice" => With(Commits.Mark(new("bad", "Handle", 1), new HandledMark("bad", "Handle", 1))),
            "mark without handler" => With(Commits.Mark(new HandledMark("", "Handle", 1))),
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
        };
    }

    private static Commit WithAppends(params StreamAppend[] appends) => new() { Appends = appends, Documents = [Sample.Document("good")] };

    private static Commit WithMessage(NewMessage message) => WithAppends(new StreamAppend(Sample.Stream, ExpectedVersion.Any, [message]));

    private static Commit WithDocuments(params DocumentWrite[] documents) => new() { Documents = [Sample.Document("good"), .. documents] };

    private static Commit With(Commit bad) => new()
    {
        Appends = [new(Sample.StreamOf("good"), ExpectedVersion.Any, Sample.Messages(1))],
        Documents = [Sample.Document("good")],
        Generations = bad.Generations,
        Checkpoints = bad.Checkpoints,
        Leases = bad.Leases,
        FailurePurges = bad.FailurePurges,
        Failures = bad.Failures,
        KeyReleases = bad.KeyReleases,
        Keys = bad.Keys,
        Marks = bad.Marks,
    };

    private Task<ArgumentException> InitializeInvalidAsync(params CollectionDefinition[] collections) =>
        Assert.ThrowsAnyAsync<ArgumentException>(async () => await Store.InitializeAsync(new("shop", collections), Cancellation));
}
