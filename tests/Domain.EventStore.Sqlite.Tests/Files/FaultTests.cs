using System.Collections;
using Protean.EventStore.Conformance;
using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Sqlite.Tests.Files;

public sealed class FaultTests : SqliteTest
{
    [Fact]
    public async Task Initialize_FolderThatIsNotThere_NamesItAndWorksWhenItIs()
    {
        var folder = Path.Combine(Folder, "later");
        var store = Store(options => options.Path = Path.Combine(folder, "store.db"));

        var error = await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.InitializeAsync(Sample.Definition, Cancellation));

        error.Message.ShouldContain($"'{folder}'");
        Directory.CreateDirectory(folder);
        await store.InitializeAsync(Sample.Definition, Cancellation);
    }

    [Fact]
    public async Task Initialize_PathOfAFolder_SaysSo()
    {
        var store = Store(options => options.Path = Folder);

        var error = await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.GetHeadAsync(Cancellation));

        error.Message.ShouldContain("is a folder");
    }

    [Fact]
    public async Task Initialize_FileThatIsNoDatabase_NamesItAndLeavesItAlone()
    {
        await File.WriteAllTextAsync(FilePath, new string('x', 10_000), Cancellation);

        var error = await Assert.ThrowsAsync<StoreSchemaException>(() => OpenAsync());

        error.Message.ShouldContain($"'{FilePath}' is no SQLite database");
        (await File.ReadAllTextAsync(FilePath, Cancellation)).ShouldBe(new string('x', 10_000));
    }

    [Fact]
    public async Task Read_DamagedFile_SaysSo()
    {
        var store = await OpenAsync();
        await AppendAsync(store, "1", count: 500);
        await store.DisposeAsync();
        await using (var file = File.OpenWrite(FilePath))
        {
            file.Position = 4096 * 8;
            await file.WriteAsync(Enumerable.Repeat((byte)0xee, (int)(file.Length - file.Position)).ToArray(), Cancellation);
        }

        var damaged = Store();
        var error = await Assert.ThrowsAsync<StoreSchemaException>(() => LogAsync(damaged));

        error.Message.ShouldContain($"'{FilePath}' is damaged");
    }

    [Fact(Timeout = HangLimit)]
    public async Task Write_FileIsLockedTooLong_SaysSoAndWorksWhenItIsFree()
    {
        var store = await OpenAsync(options => options.BusyTimeout = TimeSpan.FromMilliseconds(50));
        using (var other = Connect())
        {
            Run(other, "BEGIN IMMEDIATE");

            var commit = await Assert.ThrowsAsync<StoreUnavailableException>(() => AppendAsync(store, "1"));
            var heartbeat = await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.HeartbeatAsync(new("a", TimeSpan.FromSeconds(1)), Cancellation));

            commit.Message.ShouldContain("locked");
            heartbeat.Message.ShouldContain("locked");
            (await LogAsync(store)).ShouldBeEmpty("reads never wait for writers");
        }

        (await AppendAsync(store, "1")).Head.ShouldBe(1);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Write_FileIsLockedForAMoment_Waits()
    {
        var store = await OpenAsync();
        using var other = Connect();
        Run(other, "BEGIN IMMEDIATE");

        var writing = AppendAsync(store, "1");
        await Task.WhenAny(writing, Task.Run(async () => await store.GetHeadAsync(Cancellation), Cancellation));
        writing.IsCompleted.ShouldBeFalse();
        Run(other, "COMMIT");

        (await writing).Head.ShouldBe(1);
    }

    [Fact]
    public async Task Write_FileIsReadOnly_SaysSoAndWorksWhenItIsNot()
    {
        using var disk = SmallDisk.TryMount(Folder);
        var path = Path.Combine(disk?.Path ?? Folder, "store.db");
        await (await OpenAsync(options => options.Path = path)).DisposeAsync();
        MakeWritable(disk, path, isWritable: false);
        var store = Store(options => options.Path = path);

        var error = await Assert.ThrowsAsync<StoreUnavailableException>(() => AppendAsync(store, "1"));

        MakeWritable(disk, path, isWritable: true);
        error.Message.ShouldContain($"'{path}'");
        error.Message.ShouldContain("read");
        (await AppendAsync(store, "1")).Head.ShouldBe(1);
    }

    [Fact]
    public async Task Commit_TextWithHalfACharacter_IsRefusedAndTheRestGoesOn()
    {
        var store = await OpenAsync();

        var error = await Assert.ThrowsAnyAsync<ArgumentException>(() => AppendAsync(store, "a\ud800b"));

        error.Message.ShouldContain("surrogate");
        (await AppendAsync(store, "a")).Head.ShouldBe(1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Read_CancelledWhileItRunsOrBetweenTwoOfItsStatements_Ends(bool isBetween)
    {
        var store = await OpenAsync();
        await store.CommitAsync(Commits.Write([.. Enumerable.Range(0, 20_000).Select(n => Sample.Document($"{n}", $$"""{"n":{{n}}}"""))]), Cancellation);
        using var cancellation = new CancellationTokenSource();
        // Looked at while the statement is put together, in the transaction of the read.
        var order = new Watched<DocumentOrder>([new(["n"]), new(["m"]), new(["o"])], isBetween ? cancellation.Cancel : new Thread(cancellation.Cancel).Start);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.QueryDocumentsAsync(
            new() { Collection = Sample.Carts, OrderBy = order }, cancellation.Token));

        (await store.CountDocumentsAsync(new() { Collection = Sample.Carts }, Cancellation)).ShouldBe(20_000);
    }

    /// <summary>Root may write to any file; a disk that is read-only stops it, too.</summary>
    private static void MakeWritable(SmallDisk? disk, string path, bool isWritable)
    {
        if (disk is not null && isWritable)
            disk.MakeWritable();
        else if (disk is not null)
            disk.MakeReadOnly();
        else
            new FileInfo(path).IsReadOnly = !isWritable;
    }

    /// <summary>Tells when it is gone through.</summary>
    private sealed class Watched<T>(IReadOnlyList<T> items, Action look) : IReadOnlyList<T>
    {
        public int Count => items.Count;

        public T this[int index] => items[index];

        public IEnumerator<T> GetEnumerator()
        {
            look();
            return items.GetEnumerator();
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
