using Protean.EventStore.Conformance;
using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Sqlite.Tests.Files;

/// <summary>What somebody has broken in the file itself.</summary>
public sealed class VerificationTests : SqliteTest
{
    [Fact]
    public async Task Verify_MessageThatIsMissing_FindsTheGap()
    {
        var store = await PrepareAsync("DELETE FROM protean_messages WHERE stream = 'shop::order-1' AND position = 2");

        var finding = (await VerifyAsync(store)).ShouldHaveSingleItem();

        finding.ShouldBe(new StoreFinding(StoreProblem.StreamGap, "shop::order-1", "position 3 follows 1"));
    }

    [Fact]
    public async Task Verify_GapInEachOfTwoStreams_FindsBoth()
    {
        var store = await PrepareAsync("DELETE FROM protean_messages WHERE position = 1");

        (await VerifyAsync(store)).Select(f => (f.Problem, f.Subject)).ShouldBe([(StoreProblem.StreamGap, "shop::order-1"), (StoreProblem.StreamGap, "shop::order-2")]);
    }

    [Fact]
    public async Task Verify_BeginningOfAStreamThatIsMissing_FindsTheGap()
    {
        var store = await PrepareAsync("DELETE FROM protean_messages WHERE stream = 'shop::order-1' AND position < 2");

        var finding = (await VerifyAsync(store)).ShouldHaveSingleItem();

        finding.ShouldBe(new StoreFinding(StoreProblem.StreamGap, "shop::order-1", "it begins at position 2, and not with a baseline"));
    }

    [Fact]
    public async Task Verify_TruncatedStream_BeginsWhereItBegins()
    {
        var store = await PrepareAsync("SELECT 1");
        await store.TruncateStreamAsync(Sample.StreamOf("1"), 2, Sample.Message(kind: MessageKind.Baseline), Cancellation);

        (await VerifyAsync(store)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Verify_PositionThatStandsTwice_FindsIt()
    {
        var store = await PrepareAsync("DROP INDEX protean_messages_by_stream; UPDATE protean_messages SET position = 1 WHERE global_position = 3");

        (await VerifyAsync(store)).ShouldContain(new StoreFinding(StoreProblem.StreamGap, "shop::order-1", "position 1 follows 1"));
    }

    [Fact]
    public async Task Verify_LongLog_FindsWhatIsWrongFarBehindAndOnceEach()
    {
        var store = await PrepareAsync("SELECT 1");
        await AppendAsync(store, "3", count: 5_000);
        Run("DELETE FROM protean_messages WHERE stream = 'shop::order-3' AND position IN (990, 993, 1500, 3993)");
        Run("UPDATE protean_messages SET checksum = 7 WHERE stream = 'shop::order-3' AND position IN (100, 994, 4999)");

        var findings = await VerifyAsync(store);

        findings.Where(f => f.Problem == StoreProblem.StreamGap).Select(f => f.Detail)
            .ShouldBe(["position 991 follows 989", "position 994 follows 992", "position 1501 follows 1499", "position 3994 follows 3992"]);
        findings.Count(f => f.Problem == StoreProblem.ChecksumMismatch).ShouldBe(3);
        findings.Count.ShouldBe(7);
    }

    [Fact]
    public async Task Verify_ConsumerTakesItsTime_KeepsNobodyFromBeginningTheWriteAheadLogAnew()
    {
        var store = await PrepareAsync("DELETE FROM protean_messages WHERE position = 1");
        await using var findings = store.VerifyAsync([], Cancellation).GetAsyncEnumerator(Cancellation);
        await findings.MoveNextAsync();

        await AppendAsync(store, "1");

        Scalar("PRAGMA wal_checkpoint(TRUNCATE)").ShouldBe(0L, "a reader that is still in a transaction would stand in its way");
    }

    [Fact]
    public async Task Verify_StreamIsTruncatedBetweenTwoPages_FindsNothingInIt()
    {
        var store = await PrepareAsync("DELETE FROM protean_messages WHERE stream = 'shop::order-1' AND position = 1");
        await AppendAsync(store, "3", count: 3_000);
        await using var findings = store.VerifyAsync([], Cancellation).GetAsyncEnumerator(Cancellation);
        (await findings.MoveNextAsync()).ShouldBeTrue();

        await store.TruncateStreamAsync(Sample.StreamOf("3"), 2_500, Sample.Message(kind: MessageKind.Baseline), Cancellation);

        (await findings.MoveNextAsync()).ShouldBeFalse();
    }

    [Fact]
    public async Task Verify_IdThatStandsTwice_FindsIt()
    {
        var store = await PrepareAsync("DROP INDEX protean_messages_by_id; UPDATE protean_messages SET id = (SELECT id FROM protean_messages WHERE global_position = 2) WHERE global_position = 5");
        var id = (await store.ReadStreamAsync(new() { Stream = Sample.StreamOf("1"), MaxCount = 9 }, Cancellation)).Messages[1].Id;

        var finding = (await VerifyAsync(store)).ShouldHaveSingleItem();

        finding.ShouldBe(new StoreFinding(StoreProblem.DuplicateMessageId, id.ToString(), "it stands at global position 5, and before"));
    }

    [Fact]
    public async Task Verify_BodyThatWasChanged_FindsIt()
    {
        var store = await PrepareAsync("UPDATE protean_messages SET checksum = 7 WHERE global_position = 3");

        var finding = (await VerifyAsync(store)).ShouldHaveSingleItem();

        finding.Problem.ShouldBe(StoreProblem.ChecksumMismatch);
        finding.Detail.ShouldContain("00000007");
    }

    [Fact]
    public async Task Verify_LogThatLostItsEnd_FindsCheckpointAndSnapshotBeyondIt()
    {
        var store = await PrepareAsync("DELETE FROM protean_messages WHERE stream = 'shop::order-2'");

        (await VerifyAsync(store)).Select(f => (f.Problem, f.Subject)).ShouldBe(
            [(StoreProblem.CheckpointBeyondHead, "handler/0"), (StoreProblem.SnapshotAheadOfStream, "shop::view_1/v1/2")]);
    }

    private async Task<SqliteEventStore> PrepareAsync(string damage)
    {
        var store = await OpenAsync();
        await AppendAsync(store, "1", count: 4);
        var head = (await AppendAsync(store, "2", count: 3)).Head;
        await store.CommitAsync(Commits.Move(new("handler"), 0, head), Cancellation);
        await store.CommitAsync(Commits.Write(Sample.Document("v1/2", version: 3, collection: Sample.Views)), Cancellation);
        (await VerifyAsync(store)).ShouldBeEmpty();
        Run(damage);
        return store;
    }
}
