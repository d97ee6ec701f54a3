using Protean.EventStore.Conformance;
using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Sqlite.Tests.Files;

public sealed class FullDiskTests : SqliteTest
{
    private static readonly string Large = $$"""{"text":"{{new string('x', 60_000)}}"}""";

    [Fact(Timeout = HangLimit)]
    public async Task Commit_DiskIsFull_FailsAndGoesOnWhenThereIsRoom()
    {
        using var disk = SmallDisk.TryMount(Folder);
        var store = await OpenAsync(options => options.Path = Path.Combine(disk?.Path ?? Folder, "store.db"));
        if (disk is null)
            await LimitAsync(store, pages: 200);
        await AppendAsync(store, "first");

        var (taken, error) = await FillAsync(store);
        var batch = await Task.WhenAll(Enumerable.Range(0, 20).Select(n => Task.Run(async () => await Record.ExceptionAsync(() => WriteAsync(store, $"batch{n}")))));
        await MakeRoomAsync(store, disk);

        error.Message.ShouldContain("no room");
        taken.ShouldBeGreaterThan(0);
        batch.ShouldAllBe(e => e is StoreUnavailableException);
        (await LogAsync(store)).Count.ShouldBe(1 + taken);
        (await WriteAsync(store, "after")).HeadBefore.ShouldBe(1 + taken);
        (await VerifyAsync(store)).ShouldBeEmpty();
    }

    private static async Task<CommitResult> WriteAsync(SqliteEventStore store, string id) =>
        await store.CommitAsync(Commits.Append(Sample.StreamOf(id), ExpectedVersion.NoStream, Sample.Message(body: Large)), Cancellation);

    private static async Task<(int Taken, StoreUnavailableException Error)> FillAsync(SqliteEventStore store)
    {
        for (var n = 0; ; n++)
        {
            var error = await Record.ExceptionAsync(() => WriteAsync(store, $"fill{n}"));
            if (error is not null)
                return (n, error.ShouldBeOfType<StoreUnavailableException>());
        }
    }

    private static Task MakeRoomAsync(SqliteEventStore store, SmallDisk? disk)
    {
        disk?.Grow();
        return disk is null ? LimitAsync(store, pages: 1_000_000) : Task.CompletedTask;
    }

    /// <summary>Where no small disk can be mounted, the connection that writes is told that its disk ends early: SQLite fails in the same way.</summary>
    private static async Task LimitAsync(SqliteEventStore store, int pages) => await store.CommitAsync(
        new()
        {
            UserWork =
            [
                async (connection, transaction, cancellation) =>
                {
                    await using var command = connection.CreateCommand();
                    command.Transaction = transaction;
                    command.CommandText = $"PRAGMA max_page_count = {pages}";
                    await command.ExecuteScalarAsync(cancellation);
                },
            ],
        },
        Cancellation);
}
