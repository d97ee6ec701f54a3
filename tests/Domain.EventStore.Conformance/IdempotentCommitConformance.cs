using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Conformance;

/// <summary>Commits with an id are taken once.</summary>
public abstract class IdempotentCommitConformance(IStoreHarness harness) : StoreConformance(harness)
{
    [Fact]
    public async Task Commit_WithTheSameId_ReturnsTheFirstResultAndChangesNothing()
    {
        var id = Guid.CreateVersion7();
        await AppendAsync(Sample.Stream, 2);
        var first = await CommitAsync(WithId(id, "a"));
        await AppendAsync(Sample.Stream, 2);
        var head = await HeadAsync();

        var second = await CommitAsync(WithId(id, "a"));

        first.AlreadyCommitted.ShouldBeFalse();
        second.AlreadyCommitted.ShouldBeTrue();
        second.StreamPositions.ShouldBe(first.StreamPositions);
        (second with { AlreadyCommitted = false, StreamPositions = first.StreamPositions }).ShouldBe(first);
        (await HeadAsync()).ShouldBe(head);
    }

    [Fact]
    public async Task Commit_WithTheSameIdAndOtherContent_ChangesNothing()
    {
        var id = Guid.CreateVersion7();
        await CommitAsync(WithId(id, "a"));

        (await CommitAsync(WithId(id, "b"))).AlreadyCommitted.ShouldBeTrue();

        (await ReadAsync(Sample.StreamOf("b"))).Version.ShouldBe(-1);
    }

    [Fact]
    public async Task Commit_WithTheSameIdThatWouldBeInConflictByNow_ReturnsTheFirstResult()
    {
        var commit = new Commit
        {
            Id = Guid.CreateVersion7(),
            Appends = [new(Sample.Stream, ExpectedVersion.NoStream, Sample.Messages(1))],
            Checkpoints = [new(new("handler"), 0, 1, 0)],
            Keys = [Sample.Key("k")],
        };
        await CommitAsync(commit);

        (await CommitAsync(commit)).AlreadyCommitted.ShouldBeTrue();
    }

    [Fact]
    public async Task Commit_WithAnIdAndWithoutAppends_IsTakenOnce()
    {
        var commit = new Commit { Id = Guid.CreateVersion7(), Documents = [Sample.Document("a")] };
        await CommitAsync(commit);

        var second = await CommitAsync(commit);

        second.AlreadyCommitted.ShouldBeTrue();
        second.FirstPosition.ShouldBe(0);
        second.StreamPositions.ShouldBeEmpty();
    }

    [Fact]
    public async Task Commit_WithTheIdOfARefusedOne_IsTaken()
    {
        var id = Guid.CreateVersion7();
        await RefusedAsync<ConcurrencyException>(new() { Id = id, Appends = [new(Sample.Stream, 5, Sample.Messages(1))] });

        (await CommitAsync(WithId(id, "1"))).AlreadyCommitted.ShouldBeFalse();

        (await ReadAsync(Sample.Stream)).Version.ShouldBe(0);
    }

    [Fact]
    public async Task Commit_WithoutIdTwice_IsTwoCommits()
    {
        await AppendAsync(Sample.Stream, 1);

        (await AppendAsync(Sample.Stream, 1)).AlreadyCommitted.ShouldBeFalse();

        (await ReadAsync(Sample.Stream)).Version.ShouldBe(1);
    }

    [Fact]
    public async Task Commit_ManyAtOnceWithOneId_IsTakenOnce()
    {
        var id = Guid.CreateVersion7();

        var results = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => CommitAsync(WithId(id, "1")), Cancellation)));

        results.Count(r => !r.AlreadyCommitted).ShouldBe(1);
        results.Select(r => r.FirstPosition).Distinct().ShouldHaveSingleItem();
        (await ReadLogAsync()).Messages.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task PurgeKeys_AfterTheCommit_ForgetsItsId()
    {
        var id = Guid.CreateVersion7();
        await CommitAsync(WithId(id, "1"));
        (await Store.PurgeKeysAsync(DateTimeOffset.UnixEpoch, Cancellation)).ShouldBe(0);

        (await Store.PurgeKeysAsync(DateTimeOffset.MaxValue, Cancellation)).ShouldBe(1);

        (await CommitAsync(WithId(id, "1"))).AlreadyCommitted.ShouldBeFalse();
        (await ReadAsync(Sample.Stream)).Version.ShouldBe(1);
    }

    [Fact]
    public async Task PurgeKeys_KeysAndCommitIds_AreCountedTogether()
    {
        await CommitAsync(new() { Id = Guid.CreateVersion7(), Keys = [Sample.Key("a"), Sample.Key("b")] });

        (await Store.PurgeKeysAsync(DateTimeOffset.MaxValue, Cancellation)).ShouldBe(3);
    }

    private static Commit WithId(Guid id, string stream) =>
        new() { Id = id, Appends = [new(Sample.StreamOf(stream), ExpectedVersion.Any, [Sample.Message()])] };
}
