using Protean.EventStore.Conformance;
using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Sqlite.Tests.Files;

/// <summary>The disk takes a commit, and then cannot say that it has it: when the file is opened again it may be there.</summary>
public sealed class LostCommitTests : SqliteTest
{
    [Theory(Timeout = HangLimit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Commit_CannotBeMadeDurable_IsUnknownByItsIdAndTheStoreGoesOn(bool withWork)
    {
        var store = await OpenAsync();
        var commit = new Commit
        {
            Id = Guid.CreateVersion7(),
            Appends = [new(Sample.StreamOf("1"), ExpectedVersion.NoStream, Sample.Messages(1))],
            UserWork = withWork ? [static (_, _, _) => Task.CompletedTask] : [],
        };
        if (!LostFile.TryLose(FilePath + "-wal"))
            return;

        var error = await Assert.ThrowsAsync<CommitOutcomeUnknownException>(async () => await store.CommitAsync(commit, Cancellation));

        error.CommitId.ShouldBe(commit.Id);
        (await store.CommitAsync(commit, Cancellation)).Head.ShouldBe(1);
        (await LogAsync(store)).ShouldHaveSingleItem();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Commit_SeveralInOneTransactionThatCannotBeMadeDurable_AreUnknownEachByItsId()
    {
        var store = await OpenAsync();
        var commits = Enumerable.Range(0, 4)
            .Select(n => new Commit { Id = Guid.CreateVersion7(), Appends = [new(Sample.StreamOf($"{n}"), ExpectedVersion.NoStream, Sample.Messages(1))] })
            .ToArray();
        using var other = Connect();
        Run(other, "BEGIN IMMEDIATE");
        // Writes nothing, and lets the others gather behind it.
        var refused = AppendAsync(store, "refused", expectedVersion: 5);
        var committing = commits.Select(commit => store.CommitAsync(commit, Cancellation).AsTask()).ToArray();
        var isLost = LostFile.TryLose(FilePath + "-wal");
        Run(other, "ROLLBACK");
        await Assert.ThrowsAsync<ConcurrencyException>(() => refused);

        var ends = committing.Select(task => Record.ExceptionAsync(() => task).AsTask());
        var errors = await Task.WhenAll(ends);

        if (isLost)
            errors.Select(error => error.ShouldBeOfType<CommitOutcomeUnknownException>().CommitId).ShouldBe(commits.Select(commit => commit.Id));
    }

    [Fact(Timeout = HangLimit)]
    public async Task Truncate_CannotBeMadeDurable_IsUnknown()
    {
        var store = await OpenAsync();
        await AppendAsync(store, "1", count: 3);
        if (!LostFile.TryLose(FilePath + "-wal"))
            return;

        await Assert.ThrowsAsync<CommitOutcomeUnknownException>(async () =>
            await store.TruncateStreamAsync(Sample.StreamOf("1"), 2, Sample.Message(kind: MessageKind.Baseline), Cancellation));
    }
}
