using Protean.EventStore.Conformance;
using Protean.EventStore.Sqlite.Tests.Processes;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Sqlite.Tests.Files;

public sealed class MigrationTests : SqliteTest
{
    [Fact(Timeout = HangLimit)]
    public async Task Initialize_ManyStoresAtOnceOnAnEmptyFile_AllAreReady()
    {
        var stores = Enumerable.Range(0, 8).Select(_ => Store()).ToArray();

        await Task.WhenAll(stores.Select(store => Task.Run(async () => await store.InitializeAsync(Sample.Definition, Cancellation), Cancellation)));

        foreach (var store in stores)
            await AppendAsync(store, "1");
        (await LogAsync(stores[0])).Count.ShouldBe(8);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Initialize_SeveralProcessesAtOnceOnAnEmptyFile_AllWrite()
    {
        await using var first = OtherProcess.Start(OtherRoles.AppendSome, FilePath, "first");
        await using var second = OtherProcess.Start(OtherRoles.AppendSome, FilePath, "second");
        await using var third = OtherProcess.Start(OtherRoles.AppendSome, FilePath, "third");

        var positions = (await Task.WhenAll(first.EndAsync(Cancellation), second.EndAsync(Cancellation), third.EndAsync(Cancellation))).SelectMany(p => p);

        positions.Order().ShouldBe(Enumerable.Range(1, 3 * OtherRoles.Some).Select(p => (long)p));
        (await VerifyAsync(await OpenAsync())).ShouldBeEmpty();
    }

    [Fact]
    public async Task Initialize_SchemaThatIsNewer_SaysWhichAndTouchesNothing()
    {
        await (await OpenAsync()).DisposeAsync();
        Run("UPDATE protean_schema SET version = 99");

        var error = await Assert.ThrowsAsync<StoreSchemaException>(() => OpenAsync());

        error.Message.ShouldContain(FilePath);
        error.Message.ShouldContain("99");
        Scalar("SELECT version FROM protean_schema").ShouldBe(99L);
    }

    [Fact]
    public async Task Initialize_FileOfTheUsersOwn_StandsBesideItsTables()
    {
        Run("CREATE TABLE messages (text TEXT); INSERT INTO messages VALUES ('mine')");

        await AppendAsync(await OpenAsync(), "1");

        Scalar("SELECT text FROM messages").ShouldBe("mine");
    }

    [Fact]
    public async Task Commit_BeforeAnybodyInitialized_MakesTheSchema() => (await AppendAsync(Store(), "1")).Head.ShouldBe(1);

    [Fact]
    public async Task ExportSchema_RunOnAnEmptyFile_MakesWhatTheStoreMakes()
    {
        using var script = new StringWriter();
        await SqliteEventStore.ExportSchemaAsync(Sample.Definition, script, Cancellation);
        Run(script.ToString());
        var exported = Schema();
        Run(string.Join(';', exported.Keys.Where(name => !name.StartsWith("sqlite_", StringComparison.Ordinal) && exported[name].StartsWith("CREATE TABLE", StringComparison.Ordinal)).Select(name => $"DROP TABLE {name}")));

        await OpenAsync();

        Schema().ShouldBe(exported);
        SqliteEventStore.ExportSchema(Sample.Definition).ShouldBe(script.ToString());
    }

    [Fact]
    public async Task ExportSchema_Cancelled_WritesNothing()
    {
        await using var script = new StringWriter();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => SqliteEventStore.ExportSchemaAsync(Sample.Definition, script, new(canceled: true)));

        script.ToString().ShouldBeEmpty();
    }

    private SortedDictionary<string, string> Schema()
    {
        using var connection = Connect();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT name, coalesce(sql, '') FROM sqlite_master";
        using var reader = command.ExecuteReader();
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        while (reader.Read())
            found.Add(reader.GetString(0), reader.GetString(1));
        return found;
    }
}
