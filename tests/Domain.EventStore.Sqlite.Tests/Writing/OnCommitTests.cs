using System.Data.Common;
using Protean.EventStore.Conformance;
using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Sqlite.Tests.Writing;

/// <summary>The user's own SQL within a commit.</summary>
public sealed class OnCommitTests : SqliteTest
{
    [Fact]
    public async Task Commit_WithWork_WritesBothAndShowsBoth()
    {
        var store = await OpenWithTableAsync();

        var result = await store.CommitAsync(With(Insert("mine")), Cancellation);

        result.Head.ShouldBe(1);
        (await store.GetHeadAsync(Cancellation)).ShouldBe(1);
        (await store.WaitForAppendAsync(0, Cancellation)).ShouldBe(1);
        Scalar("SELECT group_concat(text) FROM mine").ShouldBe("mine");
    }

    [Fact]
    public async Task Commit_WorkFails_TakesEverythingBackAndTheErrorIsTheWorksOwn()
    {
        var store = await OpenWithTableAsync();
        var own = new InvalidDataException("mine");

        var error = await Assert.ThrowsAsync<InvalidDataException>(async () => await store.CommitAsync(With(Insert("mine"), (_, _, _) => throw own), Cancellation));

        error.ShouldBeSameAs(own);
        (await LogAsync(store)).ShouldBeEmpty();
        Scalar("SELECT count(*) FROM mine").ShouldBe(0L);
        (await store.CommitAsync(With(Insert("again")), Cancellation)).Head.ShouldBe(1);
    }

    [Fact]
    public async Task Commit_SqlOfTheWorkFails_ShowsTheDatabasesError()
    {
        var store = await OpenWithTableAsync();

        await Assert.ThrowsAnyAsync<DbException>(async () => await store.CommitAsync(With(Execute("INSERT INTO nowhere VALUES (1)")), Cancellation));

        (await AppendAsync(store, "1")).Head.ShouldBe(1);
    }

    [Fact]
    public async Task Commit_IsRefused_RunsNoWork()
    {
        var store = await OpenWithTableAsync();
        await AppendAsync(store, "1");
        var isRun = false;

        await Assert.ThrowsAsync<ConcurrencyException>(async () => await store.CommitAsync(
            new()
            {
                Appends = [new(Sample.StreamOf("1"), ExpectedVersion.NoStream, Sample.Messages(1))],
                UserWork = [(_, _, _) => { isRun = true; return Task.CompletedTask; }],
            },
            Cancellation));

        isRun.ShouldBeFalse();
    }

    [Fact]
    public async Task Commit_WithAnIdThatWasTaken_RunsTheWorkOnce()
    {
        var store = await OpenWithTableAsync();
        var commit = new Commit { Id = Guid.CreateVersion7(), UserWork = [Insert("mine")] };

        await store.CommitAsync(commit, Cancellation);
        (await store.CommitAsync(commit, Cancellation)).AlreadyCommitted.ShouldBeTrue();

        Scalar("SELECT count(*) FROM mine").ShouldBe(1L);
    }

    [Fact]
    public async Task Commit_WorkEndsTheTransaction_IsToldNotTo()
    {
        var store = await OpenWithTableAsync();

        var error = await Assert.ThrowsAsync<InvalidOperationException>(async () => await store.CommitAsync(With((_, transaction, cancellation) => transaction.RollbackAsync(cancellation)), Cancellation));

        error.Message.ShouldContain("OnCommit");
        (await LogAsync(store)).ShouldBeEmpty();
        (await AppendAsync(store, "1")).Head.ShouldBe(1);
    }

    [Theory(Timeout = HangLimit)]
    [InlineData("COMMIT")]
    [InlineData("ROLLBACK")]
    public async Task Commit_WorkEndsTheTransactionBySql_IsToldNotToAndTheStoreGoesOn(string sql)
    {
        var store = await OpenWithTableAsync();

        var error = await Assert.ThrowsAsync<InvalidOperationException>(async () => await store.CommitAsync(With(Execute(sql)), Cancellation));

        error.Message.ShouldContain("OnCommit");
        await store.CommitAsync(With(Insert("again")), Cancellation);
        Scalar("SELECT group_concat(text) FROM mine").ShouldBe("again");
    }

    [Fact(Timeout = HangLimit)]
    public async Task Commit_WorkWritesThroughTheStore_IsToldNotToInsteadOfWaitingForItself()
    {
        var store = await OpenWithTableAsync();

        var commit = await Assert.ThrowsAsync<InvalidOperationException>(async () => await store.CommitAsync(With((_, _, _) => AppendAsync(store, "2")), Cancellation));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await store.CommitAsync(With((_, _, cancellation) => store.PurgeMarksAsync("a", 1, cancellation).AsTask()), Cancellation));
        await store.CommitAsync(With(async (_, _, _) => (await store.GetHeadAsync(Cancellation)).ShouldBe(0, "what is not committed is not read")), Cancellation);

        commit.Message.ShouldContain("OnCommit");
        (await AppendAsync(store, "2")).Head.ShouldBe(2);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Commit_FileIsLockedForAMoment_Waits()
    {
        var store = await OpenWithTableAsync();
        using var other = Connect();
        Run(other, "BEGIN IMMEDIATE");
        var writing = store.CommitAsync(With(Insert("mine")), Cancellation).AsTask();
        writing.IsCompleted.ShouldBeFalse();
        Run(other, "COMMIT");

        (await writing).Head.ShouldBe(1);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Commit_HadToWait_RunsTheWorkInTheContextOfItsCaller()
    {
        var store = await OpenWithTableAsync();
        var caller = new AsyncLocal<string?>();
        var seen = new string?[3];
        using var other = Connect();
        Run(other, "BEGIN IMMEDIATE");

        var committing = Enumerable.Range(0, seen.Length).Select(CommitAsAsync).ToArray();
        Run(other, "COMMIT");
        await Task.WhenAll(committing);

        seen.ShouldBe(["caller 0", "caller 1", "caller 2"]);

        async Task CommitAsAsync(int n)
        {
            caller.Value = $"caller {n}";
            await store.CommitAsync(
                With(async (_, _, _) =>
                {
                    await Task.Yield();
                    seen[n] = caller.Value;
                }),
                Cancellation);
        }
    }

    private static Commit With(params Func<DbConnection, DbTransaction, CancellationToken, Task>[] work) => new()
    {
        Appends = [new(Sample.StreamOf("with-work"), ExpectedVersion.Any, Sample.Messages(1))],
        UserWork = work,
    };

    private static Func<DbConnection, DbTransaction, CancellationToken, Task> Insert(string text) => Execute($"INSERT INTO mine VALUES ('{text}')");

    private static Func<DbConnection, DbTransaction, CancellationToken, Task> Execute(string sql) => async (connection, transaction, cancellation) =>
    {
        await using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(cancellation);
    };

    private async Task<SqliteEventStore> OpenWithTableAsync()
    {
        var store = await OpenAsync();
        Run("CREATE TABLE mine (text TEXT)");
        return store;
    }
}
