using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Conformance;

/// <summary>All of a commit, or nothing.</summary>
public abstract class AtomicityConformance(IStoreHarness harness) : StoreConformance(harness)
{
    private static readonly StreamName NewStream = Sample.StreamOf("new");
    private static readonly CheckpointKey Moved = new("moved");
    private static readonly CheckpointKey Leased = new("leased");
    private static readonly FailureKey OldFailure = new("handler", "Handle", 1);
    private static readonly FailureKey NewFailure = new("handler", "Handle", 2);
    private static readonly FailureKey TakenFailure = new("handler", "Handle", 9);
    private static readonly Guid CommitId = Guid.CreateVersion7();
    private static readonly Guid TakenMessage = Guid.CreateVersion7();

    [Fact]
    public async Task Commit_OfEverything_WritesEverything()
    {
        await PrepareAsync();

        await CommitAsync(Full());

        (await ReadAsync(NewStream)).Version.ShouldBe(1);
        (await LoadAsync("new")).ShouldNotBeNull();
        (await LoadAsync("old")).ShouldBeNull();
        (await LoadAsync("built", generation: 1)).ShouldNotBeNull();
        (await CheckpointAsync(Moved)).ShouldNotBeNull().Position.ShouldBe(3);
        (await CheckpointAsync(Leased)).ShouldNotBeNull().Owner.ShouldBe("a");
        (await Store.QueryFailuresAsync(new(), Cancellation)).Select(r => r.Key.GlobalPosition).ShouldBe([2L, 9]);
        (await Store.GetKeyAsync("Shop.PlaceOrder", "new", Cancellation)).ShouldNotBeNull();
        (await Store.GetMarksAsync("handler", 0, 99, Cancellation)).Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("stream", typeof(ConcurrencyException))]
    [InlineData("message", typeof(DuplicateMessageException))]
    [InlineData("document", typeof(ConcurrencyException))]
    [InlineData("unique value", typeof(DuplicateValueException))]
    [InlineData("generation of a document", typeof(GenerationException))]
    [InlineData("generation", typeof(GenerationException))]
    [InlineData("checkpoint", typeof(CheckpointLostException))]
    [InlineData("epoch", typeof(CheckpointLostException))]
    [InlineData("lease", typeof(CheckpointLostException))]
    [InlineData("failure", typeof(ConcurrencyException))]
    [InlineData("key", typeof(DuplicateKeyException))]
    [InlineData("mark", typeof(DuplicateKeyException))]
    public async Task Commit_WithOnePartThatIsRefused_WritesNothing(string part, Type refusal)
    {
        await PrepareAsync();

        (await OutcomeAsync(Broken(part))).ShouldBeOfType(refusal);

        await ShouldBeAsPreparedAsync();
        (await CommitAsync(Full())).AlreadyCommitted.ShouldBeFalse();
    }

    [Fact]
    public async Task Commit_WithOnePartThatIsInvalid_WritesNothing()
    {
        await PrepareAsync();

        await InvalidAsync(Full(documents: [Sample.Document("x", collection: "shop::unknown")]));

        await ShouldBeAsPreparedAsync();
    }

    private static Commit Broken(string part) => part switch
    {
        "stream" => Full(appends: [new(Sample.StreamOf("taken"), ExpectedVersion.NoStream, [Sample.Message()])]),
        "message" => Full(appends: [new(Sample.StreamOf("2"), ExpectedVersion.Any, [Sample.Message() with { Id = TakenMessage }])]),
        "document" => Full(documents: [Sample.Document("taken")]),
        "unique value" => Full(documents: [Sample.Document("x", """{"email":"taken"}""")]),
        "generation of a document" => Full(documents: [Sample.Document("x", generation: 9)]),
        "generation" => Full(generations: [new(Sample.Views, GenerationAction.Activate, 9, 0)]),
        "checkpoint" => Full(checkpoints: [new(new("taken"), 0, 9, 0)]),
        "epoch" => Full(checkpoints: [new(new("taken"), 1, 9, 5)]),
        "lease" => Full(leases: [new(new("taken"), 7, "a")]),
        "failure" => Full(failures: [new(TakenFailure, 0, Sample.Failure(TakenFailure))]),
        "key" => Full(keys: [Sample.Key("taken")]),
        "mark" => Full(marks: [new("handler", "Handle", 1)]),
        _ => throw new ArgumentOutOfRangeException(nameof(part)),
    };

    /// <summary>One of everything, followed by what is handed in, so that a refusal comes after much that is fine.</summary>
    private static Commit Full(
        StreamAppend[]? appends = null,
        DocumentWrite[]? documents = null,
        GenerationChange[]? generations = null,
        CheckpointMove[]? checkpoints = null,
        LeaseChange[]? leases = null,
        FailureWrite[]? failures = null,
        KeyClaim[]? keys = null,
        HandledMark[]? marks = null) => new()
        {
            Id = CommitId,
            Appends = [new(NewStream, ExpectedVersion.NoStream, Sample.Messages(2)), .. appends ?? []],
            Documents =
            [
                Sample.Document("new", """{"email":"new"}"""), Sample.Deletion("old", 1), Sample.Document("built", generation: 1), .. documents ?? [],
            ],
            Generations = [new(Sample.Carts, GenerationAction.Begin, 1, 0), .. generations ?? []],
            Checkpoints = [new(Moved, 0, 3, 0), .. checkpoints ?? []],
            Leases = [new(Leased, 0, "a"), .. leases ?? []],
            Failures = [new(OldFailure, FailureWrite.AnyRevision, null), new(NewFailure, 0, Sample.Failure(NewFailure)), .. failures ?? []],
            Keys = [Sample.Key("new"), .. keys ?? []],
            Marks = [new("handler", "Handle", 2), .. marks ?? []],
        };

    private Task<CommitResult> PrepareAsync() => CommitAsync(new()
    {
        Appends = [new(Sample.StreamOf("taken"), ExpectedVersion.NoStream, [Sample.Message() with { Id = TakenMessage }])],
        Documents = [Sample.Document("taken", """{"email":"taken"}"""), Sample.Document("old")],
        Checkpoints = [new(new("taken"), 0, 1, 0)],
        Failures = [new(OldFailure, 0, Sample.Failure(OldFailure)), new(TakenFailure, 0, Sample.Failure(TakenFailure))],
        Keys = [Sample.Key("taken")],
        Marks = [new("handler", "Handle", 1)],
    });

    private async Task ShouldBeAsPreparedAsync()
    {
        (await ReadLogAsync()).Messages.ShouldHaveSingleItem();
        (await ReadAsync(NewStream)).Version.ShouldBe(-1);
        (await Store.QueryDocumentsAsync(new() { Collection = Sample.Carts }, Cancellation)).Select(d => d.Key).ShouldBe(["old", "taken"]);
        (await Store.GetGenerationsAsync(Sample.Carts, Cancellation)).Building.ShouldBeEmpty();
        (await Store.ListCheckpointsAsync(null, Cancellation)).ShouldBe([new(new("taken"), 1, 0, null, OwnerAlive: false, null)]);
        (await Store.QueryFailuresAsync(new(), Cancellation)).Select(r => r.Key).ShouldBe([OldFailure, TakenFailure]);
        (await Store.GetKeyAsync("Shop.PlaceOrder", "new", Cancellation)).ShouldBeNull();
        (await Store.GetMarksAsync("handler", 0, 99, Cancellation)).ShouldHaveSingleItem();
    }
}
