using Npgsql;
using Protean.EventStore.Conformance;
using Protean.EventStore.Tests.Conformance;
using Protean.EventStore.Tests.Stores;
using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Tests.Writing;

/// <summary>The user's own SQL is in the transaction of the commit, and holds up nobody while it runs.</summary>
public sealed class UserWorkTests(ConformanceDatabase database) : PostgresTests(database)
{
    private string Table => $"public.users_own_{Schema}";

    [Fact(Timeout = HangLimit)]
    public async Task CommitAsync_WithUserWork_CommitsBoth()
    {
        var store = await OpenWithTableAsync();

        var result = await store.CommitAsync(With(Insert(1)), Cancellation);

        (await RowsAsync()).ShouldBe(1);
        (await store.GetHeadAsync(Cancellation)).ShouldBe(result.Head);
        (await store.LoadDocumentAsync(new(Sample.Carts, "d"), Cancellation)).ShouldNotBeNull();
    }

    [Fact(Timeout = HangLimit)]
    public async Task CommitAsync_UserWorkAlone_IsCommitted()
    {
        var store = await OpenWithTableAsync();

        await store.CommitAsync(new() { UserWork = [Insert(1), Insert(2)] }, Cancellation);

        (await RowsAsync()).ShouldBe(2);
    }

    [Fact(Timeout = HangLimit)]
    public async Task CommitAsync_ConflictAfterUserWork_KeepsNeither()
    {
        var store = await OpenWithTableAsync();

        await Should.ThrowAsync<ConcurrencyException>(() => store.CommitAsync(With(Insert(1), expectedVersion: 4), Cancellation).AsTask());

        await NothingIsThereAsync(store);
    }

    [Fact(Timeout = HangLimit)]
    public async Task CommitAsync_UserWorkThrows_KeepsNeitherAndTheExceptionIsTheUsers()
    {
        var store = await OpenWithTableAsync();
        var thrown = new InvalidOperationException("mine");

        var error = await Should.ThrowAsync<InvalidOperationException>(() => store.CommitAsync(
            With(async (connection, transaction, _) =>
            {
                await UserWork.RunAsync(connection, transaction, $"insert into {Table} values (1)");
                throw thrown;
            }),
            Cancellation).AsTask());

        error.ShouldBeSameAs(thrown);
        await NothingIsThereAsync(store);
    }

    [Fact(Timeout = HangLimit)]
    public async Task CommitAsync_UserWorkCancelled_KeepsNeither()
    {
        var store = await OpenWithTableAsync();
        using var giveUp = new CancellationTokenSource();

        await Should.ThrowAsync<OperationCanceledException>(() => store.CommitAsync(
            With(async (connection, transaction, cancellationToken) =>
            {
                await UserWork.RunAsync(connection, transaction, $"insert into {Table} values (1)");
                await giveUp.CancelAsync();
                cancellationToken.IsCancellationRequested.ShouldBeTrue();
            }),
            giveUp.Token).AsTask());

        await NothingIsThereAsync(store);
    }

    [Fact(Timeout = HangLimit)]
    public async Task CommitAsync_UniqueViolationInUserWork_IsTheUsersOwn()
    {
        var store = await OpenWithTableAsync();

        var error = await Should.ThrowAsync<PostgresException>(() => store.CommitAsync(With(Insert(1), work: Insert(1)), Cancellation).AsTask());

        error.ConstraintName.ShouldBe($"users_own_{Schema}_pkey");
        await NothingIsThereAsync(store);
    }

    [Fact(Timeout = HangLimit)]
    public async Task CommitAsync_ConstraintOfTheUserThatIsCheckedAtTheEnd_IsTheUsersOwn()
    {
        var store = await OpenWithTableAsync();
        await Sql.RunAsync($"create table public.late_{Schema} (x int references {Table} deferrable initially deferred)");

        var error = await Should.ThrowAsync<PostgresException>(() => store.CommitAsync(With(UserWork.Of($"insert into public.late_{Schema} values (99)")), Cancellation).AsTask());

        error.ConstraintName.ShouldBe($"late_{Schema}_x_fkey");
        await NothingIsThereAsync(store);
    }

    [Fact(Timeout = HangLimit)]
    public async Task CommitAsync_SlowUserWork_HoldsUpNobodyElse()
    {
        var store = await OpenWithTableAsync();
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var slow = store.CommitAsync(
            With(async (connection, transaction, _) =>
            {
                await UserWork.RunAsync(connection, transaction, $"insert into {Table} values (1)");
                started.SetResult();
                await goOn.Task;
            }),
            Cancellation).AsTask();
        await started.Task;

        var other = await store.CommitAsync(Commits.Append(Sample.StreamOf("other"), ExpectedVersion.NoStream, Sample.Message()), Cancellation);

        slow.IsCompleted.ShouldBeFalse();
        goOn.SetResult();
        (await slow).HeadBefore.ShouldBe(other.Head, "its positions come when it ends");
        (await RowsAsync()).ShouldBe(1);
    }

    [Fact(Timeout = HangLimit)]
    public async Task CommitAsync_RepeatedWithItsIdAndUserWork_HappensOnce()
    {
        var store = await OpenWithTableAsync();
        var id = Guid.CreateVersion7();
        var first = await store.CommitAsync(new() { Id = id, Appends = With(Insert(1)).Appends, UserWork = [Insert(1)] }, Cancellation);

        var second = await store.CommitAsync(new() { Id = id, Appends = With(Insert(1)).Appends, UserWork = [Insert(2)] }, Cancellation);

        (second.AlreadyCommitted, second.Head).ShouldBe((true, first.Head));
        (await RowsAsync()).ShouldBe(1);
    }

    [Fact(Timeout = HangLimit)]
    public async Task CommitAsync_WithUserWork_WakesThoseWhoWait()
    {
        var store = await OpenWithTableAsync(TimeSpan.FromHours(1));
        var waiting = store.WaitForAppendAsync(0, Cancellation).AsTask();

        var result = await store.CommitAsync(With(Insert(1)), Cancellation);

        (await waiting).ShouldBe(result.Head);
    }

    [Theory(Timeout = HangLimit)]
    [InlineData("CommitAsync")]
    [InlineData("RollbackAsync")]
    [InlineData("DisposeAsync")]
    [InlineData("CloseAsync")]
    [InlineData("commit")]
    [InlineData("rollback")]
    public async Task CommitAsync_UserWorkEndsTheTransaction_IsRefusedAndWritesNothing(string how)
    {
        var store = await OpenWithTableAsync();

        var error = await Should.ThrowAsync<InvalidOperationException>(() => store.CommitAsync(
            With((connection, transaction, cancellationToken) => how switch
            {
                "CommitAsync" => transaction.CommitAsync(cancellationToken),
                "RollbackAsync" => transaction.RollbackAsync(cancellationToken),
                "DisposeAsync" => transaction.DisposeAsync().AsTask(),
                "CloseAsync" => connection.CloseAsync(),
                _ => UserWork.RunAsync(connection, transaction, how),
            }),
            Cancellation).AsTask());

        error.Message.ShouldContain("has ended the transaction");
        await NothingIsThereAsync(store);
    }

    [Fact(Timeout = HangLimit)]
    public async Task CommitAsync_UserWorkLeavesAReaderOpen_IsRefusedByItsCauseAndTheStoreGoesOn()
    {
        var store = await OpenWithTableAsync();

        var error = await Should.ThrowAsync<InvalidOperationException>(() => store.CommitAsync(
            With(async (connection, transaction, cancellationToken) =>
            {
                await UserWork.RunAsync(connection, transaction, $"insert into {Table} values (1)");
                var command = connection.CreateCommand();
                command.CommandText = "select generate_series(1, 3)";
                await command.ExecuteReaderAsync(cancellationToken);
            }),
            Cancellation).AsTask());

        error.Message.ShouldContain("reader");
        await NothingIsThereAsync(store);
        (await store.CommitAsync(With(Insert(1)), Cancellation)).StreamPositions.ShouldBe([0L]);
    }

    private Func<System.Data.Common.DbConnection, System.Data.Common.DbTransaction, CancellationToken, Task> Insert(int value) => UserWork.Of($"insert into {Table} values ({value})");

    private static Commit With(
        Func<System.Data.Common.DbConnection, System.Data.Common.DbTransaction, CancellationToken, Task> first,
        long expectedVersion = ExpectedVersion.NoStream,
        Func<System.Data.Common.DbConnection, System.Data.Common.DbTransaction, CancellationToken, Task>? work = null) => new()
        {
            Appends = [new(Sample.Stream, expectedVersion, Sample.Messages(2))],
            Documents = [Sample.Document("d")],
            UserWork = work is null ? [first] : [first, work],
        };

    private async Task<PostgresEventStore> OpenWithTableAsync(TimeSpan? poll = null)
    {
        var store = await OpenAsync(options => options.PollInterval = poll ?? options.PollInterval);
        await Sql.RunAsync($"create table {Table} (x int primary key)");
        return store;
    }

    private Task<long> RowsAsync() => Sql.ScalarAsync<long>($"select count(*) from {Table}");

    private async Task NothingIsThereAsync(PostgresEventStore store)
    {
        (await RowsAsync()).ShouldBe(0);
        (await store.GetHeadAsync(Cancellation)).ShouldBe(0);
        (await store.LoadDocumentAsync(new(Sample.Carts, "d"), Cancellation)).ShouldBeNull();
    }
}
