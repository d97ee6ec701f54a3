using Shouldly;
using Xunit;

namespace Protean.EventStore.Sqlite.Tests.Files;

/// <summary>A file that was put back from a copy.</summary>
public sealed class RestoreTests : SqliteTest
{
    [Fact]
    public async Task Open_CopyThatVacuumIntoMade_HoldsEverythingAndGetsAWriteAheadLogAgain()
    {
        var store = await OpenAsync();
        await AppendAsync(store, "1", count: 3);
        Run($"VACUUM INTO '{FilePath}.copy'");
        await AppendAsync(store, "1");
        await store.DisposeAsync();
        File.Move($"{FilePath}.copy", FilePath, overwrite: true);
        Scalar("PRAGMA journal_mode").ShouldBe("delete");

        var restored = await OpenAsync();

        Scalar("PRAGMA journal_mode").ShouldBe("wal");
        (await AppendAsync(restored, "1", expectedVersion: 2)).HeadBefore.ShouldBe(3);
        (await VerifyAsync(restored)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Read_CopyThatVacuumIntoMade_LeavesItAsItIs()
    {
        await AppendAsync(await OpenAsync(), "1", count: 3);
        var copy = $"{FilePath}.copy";
        Run($"VACUUM INTO '{copy}'");
        var bytes = await File.ReadAllBytesAsync(copy, Cancellation);

        var store = Store(options => options.Path = copy);

        (await LogAsync(store)).Count.ShouldBe(3);
        (await File.ReadAllBytesAsync(copy, Cancellation)).ShouldBe(bytes);
    }
}
