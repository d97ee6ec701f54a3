using Protean.EventStore.Conformance;
using Protean.EventStore.Tests.Conformance;
using Protean.EventStore.Tests.Stores;
using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Tests.Maintenance;

/// <summary>What somebody has broken in the tables themselves.</summary>
public sealed class VerificationTests(ConformanceDatabase database) : PostgresTests(database)
{
    private string Messages => $"{Schema}.messages";

    [Fact(Timeout = HangLimit)]
    public async Task VerifyAsync_SoundStore_FindsNothing()
    {
        var store = await PrepareAsync();

        (await VerifyAsync(store)).ShouldBeEmpty();
    }

    [Fact(Timeout = HangLimit)]
    public async Task VerifyAsync_MessageThatIsMissing_FindsTheGap()
    {
        var store = await PrepareAsync($"delete from {Messages} where stream = 'shop::order-1' and position = 2");

        var finding = (await VerifyAsync(store)).ShouldHaveSingleItem();

        finding.ShouldBe(new StoreFinding(StoreProblem.StreamGap, "shop::order-1", "position 3 follows 1"));
    }

    [Fact(Timeout = HangLimit)]
    public async Task VerifyAsync_BeginningOfAStreamThatIsMissing_FindsTheGap()
    {
        var store = await PrepareAsync($"delete from {Messages} where stream = 'shop::order-1' and position < 2");

        var finding = (await VerifyAsync(store)).ShouldHaveSingleItem();

        finding.ShouldBe(new StoreFinding(StoreProblem.StreamGap, "shop::order-1", "it begins at position 2, and not with a baseline"));
    }

    [Fact(Timeout = HangLimit)]
    public async Task VerifyAsync_GapInEachOfTwoStreams_FindsBoth()
    {
        var store = await PrepareAsync($"delete from {Messages} where position = 1");

        (await VerifyAsync(store)).Select(static f => (f.Problem, f.Subject)).ShouldBe([(StoreProblem.StreamGap, "shop::order-1"), (StoreProblem.StreamGap, "shop::order-2")]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task VerifyAsync_PositionThatStandsTwice_FindsIt()
    {
        var store = await PrepareAsync($"alter table {Messages} drop constraint messages_stream_position; update {Messages} set position = 1 where global_position = 3");

        (await VerifyAsync(store)).ShouldContain(new StoreFinding(StoreProblem.StreamGap, "shop::order-1", "position 1 follows 1"));
    }

    [Fact(Timeout = HangLimit)]
    public async Task VerifyAsync_IdThatStandsTwice_FindsIt()
    {
        var store = await PrepareAsync($"alter table {Messages} drop constraint messages_id; update {Messages} set id = (select id from {Messages} where global_position = 2) where global_position = 5");
        var id = await Sql.ScalarAsync<Guid>($"select id from {Messages} where global_position = 2");

        var finding = (await VerifyAsync(store)).ShouldHaveSingleItem();

        finding.ShouldBe(new StoreFinding(StoreProblem.DuplicateMessageId, id.ToString(), "it stands at global position 5, and before"));
    }

    [Fact(Timeout = HangLimit)]
    public async Task VerifyAsync_BodyThatWasChanged_FindsItWithBothChecksums()
    {
        var store = await PrepareAsync($$"""update {{Messages}} set body = '{"n":99}' where global_position = 3""");
        var (id, stored) = (await Sql.ScalarAsync<Guid>($"select id from {Messages} where global_position = 3"), Checksum.Compute(Sample.Utf8("""{"n":2}""")));

        var finding = (await VerifyAsync(store)).ShouldHaveSingleItem();

        finding.ShouldBe(new StoreFinding(StoreProblem.ChecksumMismatch, id.ToString(), $"the body's checksum is {Checksum.Compute(Sample.Utf8("""{"n":99}""")):x8}, and {stored:x8} was stored"));
    }

    [Fact(Timeout = HangLimit)]
    public async Task VerifyAsync_BodyThatWasChangedFarBehind_FindsIt()
    {
        var store = await PrepareAsync();
        await store.CommitAsync(Commits.Append(Sample.StreamOf("3"), ExpectedVersion.NoStream, WithChecksums(2_500)), Cancellation);
        await Sql.RunAsync($$"""update {{Messages}} set body = '{"n":-1}' where stream = 'shop::order-3' and position in (999, 1000, 2499)""");

        (await VerifyAsync(store)).Count(static f => f.Problem == StoreProblem.ChecksumMismatch).ShouldBe(3);
    }

    [Fact(Timeout = HangLimit)]
    public async Task VerifyAsync_CheckpointBeyondTheHead_FindsIt()
    {
        var store = await PrepareAsync($"update {Schema}.checkpoints set position = 8 where name = 'handler'");

        var finding = (await VerifyAsync(store)).ShouldHaveSingleItem();

        finding.ShouldBe(new StoreFinding(StoreProblem.CheckpointBeyondHead, "handler/0", "it stands at 8, and the log ends at 7"));
    }

    [Fact(Timeout = HangLimit)]
    public async Task VerifyAsync_SnapshotAheadOfItsStream_FindsIt()
    {
        var store = await PrepareAsync($"delete from {Messages} where stream = 'shop::order-2' and position = 2; update {Schema}.checkpoints set position = 0");

        var finding = (await VerifyAsync(store)).ShouldHaveSingleItem();

        finding.ShouldBe(new StoreFinding(StoreProblem.SnapshotAheadOfStream, "shop::view_1/v1/2", "it holds 3 messages, and its stream 2"));
    }

    /// <summary>Two streams of four and three messages, a checkpoint at the head and a snapshot of the second stream, and what is then done to them.</summary>
    private async Task<PostgresEventStore> PrepareAsync(string? damage = null)
    {
        var store = await OpenAsync();
        await store.CommitAsync(Commits.Append(Sample.StreamOf("1"), ExpectedVersion.NoStream, WithChecksums(4)), Cancellation);
        var head = (await store.CommitAsync(Commits.Append(Sample.StreamOf("2"), ExpectedVersion.NoStream, WithChecksums(3)), Cancellation)).Head;
        await store.CommitAsync(Commits.Move(new("handler"), 0, head), Cancellation);
        await store.CommitAsync(Commits.Write(Sample.Document("v1/2", version: 3, collection: Sample.Views)), Cancellation);
        if (damage is not null)
            await Sql.RunAsync(damage);
        return store;
    }

    private static NewMessage[] WithChecksums(int count) => [.. Sample.Messages(count).Select(static m => m with { Checksum = Checksum.Compute(m.Body.Span) })];

    private static async Task<List<StoreFinding>> VerifyAsync(PostgresEventStore store) =>
        await store.VerifyAsync([new(Sample.Views, Sample.Category)], Cancellation).ToListAsync(Cancellation);
}
