using Npgsql;
using Shouldly;
using Xunit;

namespace Protean.EventStore.TestServer.Tests;

public sealed class TestDatabaseTests
{
    [Fact]
    public async Task CreateAsync_Twice_DatabasesAreApart()
    {
        await using var one = await TestDatabase.CreateAsync();
        await using var other = await TestDatabase.CreateAsync();

        await Sql.RunAsync(one.ConnectionString, "create table here()");

        (await Sql.RunAsync(other.ConnectionString, "select to_regclass('here')::text")).ShouldBe(DBNull.Value);
    }

    [Fact]
    public async Task CreateFromTemplateAsync_SameKey_PreparesOnceAndCopies()
    {
        var prepared = 0;
        Task PrepareAsync(string connectionString)
        {
            Interlocked.Increment(ref prepared);
            return Sql.RunAsync(connectionString, "create table kept as select 7 as x");
        }

        var databases = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => TestDatabase.CreateFromTemplateAsync("copies", PrepareAsync)));
        await Sql.RunAsync(databases[0].ConnectionString, "update kept set x = 8");

        prepared.ShouldBe(1);
        (await Sql.RunAsync(databases[0].ConnectionString, "select x from kept")).ShouldBe(8);
        (await Sql.RunAsync(databases[3].ConnectionString, "select x from kept")).ShouldBe(7);
        foreach (var database in databases)
            await database.DisposeAsync();
    }

    [Fact]
    public async Task CreateFromTemplateAsync_PreparedThroughAPool_Copies()
    {
        static async Task PrepareAsync(string connectionString)
        {
            await using var connection = new NpgsqlConnection(connectionString);
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand("create table kept()", connection);
            await command.ExecuteNonQueryAsync();
        }

        await using var database = await TestDatabase.CreateFromTemplateAsync("pooled", PrepareAsync);

        (await Sql.RunAsync(database.ConnectionString, "select to_regclass('kept')::text")).ShouldBe("kept");
    }

    [Fact]
    public async Task CreateFromTemplateAsync_PreparationFailed_IsTriedAgain()
    {
        await Should.ThrowAsync<TimeoutException>(() => TestDatabase.CreateFromTemplateAsync("fails", _ => throw new TimeoutException()));

        await using var database = await TestDatabase.CreateFromTemplateAsync("fails", c => Sql.RunAsync(c, "create table kept()"));

        (await Sql.RunAsync(database.ConnectionString, "select to_regclass('kept')::text")).ShouldBe("kept");
    }

    [Fact]
    public async Task CreateAsync_TemplateThatIsNoName_IsRefused() =>
        await Should.ThrowAsync<ArgumentException>(() => TestDatabase.CreateAsync("x\"; drop database y"));

    [Fact]
    public async Task DisposeAsync_ConnectionsOpen_DropsTheDatabase()
    {
        var database = await TestDatabase.CreateAsync();
        await using var pooled = new NpgsqlConnection(database.ConnectionString);
        await pooled.OpenAsync();
        await using var other = NpgsqlDataSource.Create(database.ConnectionString + ";Application Name=other");
        await using var open = await other.OpenConnectionAsync();

        await database.DisposeAsync();

        (await Sql.HasDatabaseAsync(await TestPostgres.Shared.ConnectionStringAsync(), database.Name)).ShouldBeFalse();
    }
}
