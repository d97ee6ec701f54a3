using Npgsql;
using Shouldly;
using Xunit;

namespace Protean.EventStore.TestServer.Tests;

public sealed class PostgresServerTests
{
    [Fact]
    public async Task StartAgain_AfterFastStop_HasTheDataOnTheSamePort()
    {
        await using var server = await PostgresServer.StartAsync();
        await Sql.RunAsync(server.ConnectionString(), "create table kept as select 7 as x");
        var connectionString = server.ConnectionString();

        await server.StopAsync();
        await server.StartAgainAsync();

        (await Sql.RunAsync(connectionString, "select x from kept")).ShouldBe(7);
    }

    [Fact]
    public async Task StopAsync_Running_AnswersNobody()
    {
        await using var server = await PostgresServer.StartAsync();

        await server.StopAsync();

        await Should.ThrowAsync<NpgsqlException>(() => Sql.RunAsync(server.ConnectionString(), "select 1"));
    }

    [Fact]
    public async Task StartAgain_DurableAfterImmediateStop_HasWhatWasCommitted()
    {
        await using var server = await PostgresServer.StartAsync(new PostgresServerOptions { Durable = true });
        await Sql.RunAsync(server.ConnectionString(), "create table kept as select 7 as x");

        await server.StopAsync(StopMode.Immediate);
        await server.StartAgainAsync();

        server.Log.ShouldContain("was not properly shut down");
        (await Sql.RunAsync(server.ConnectionString(), "select x from kept")).ShouldBe(7);
    }

    [Fact]
    public async Task StartAsync_TwoServers_AreApart()
    {
        var servers = await Task.WhenAll(PostgresServer.StartAsync(), PostgresServer.StartAsync());
        await using var one = servers[0];
        await using var other = servers[1];

        await Sql.RunAsync(one.ConnectionString(), "create table here()");

        (await Sql.RunAsync(one.ConnectionString(), "select to_regclass('here')::text")).ShouldBe("here");
        (await Sql.RunAsync(other.ConnectionString(), "select to_regclass('here')::text")).ShouldBe(DBNull.Value);
    }

    [Theory]
    [InlineData(false, "off")]
    [InlineData(true, "on")]
    public async Task StartAsync_Durable_DecidesWhatIsSynced(bool durable, string expected)
    {
        await using var server = await PostgresServer.StartAsync(new PostgresServerOptions { Durable = durable });

        var settings = await Sql.RunAsync(
            server.ConnectionString(), "select string_agg(distinct setting, ' ') from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes')");

        settings.ShouldBe(expected);
    }

    [Fact]
    public async Task StartAsync_Options_ReachTheServer()
    {
        var options = new PostgresServerOptions
        {
            MaxConnections = 17,
            Locale = "C.UTF-8",
            Settings = new Dictionary<string, string> { ["application_name"] = """it's a \ "name" """ },
        };
        await using var server = await PostgresServer.StartAsync(options);

        var values = await Sql.RunAsync(server.ConnectionString(), """
            select concat_ws('|', current_setting('max_connections'), boot.setting, datcollate, pg_encoding_to_char(encoding))
            from pg_database, pg_file_settings boot where datname = 'postgres' and boot.name = 'application_name'
            """);

        values.ShouldBe("""17|it's a \ "name" |C.UTF-8|UTF8""");
    }

    [Fact]
    public async Task ConnectionString_OtherPassword_IsRefused()
    {
        await using var server = await PostgresServer.StartAsync();
        var guessed = new NpgsqlConnectionStringBuilder(server.ConnectionString()) { Password = "postgres" }.ConnectionString;

        var refused = await Should.ThrowAsync<PostgresException>(() => Sql.RunAsync(guessed, "select 1"));

        refused.SqlState.ShouldBe(PostgresErrorCodes.InvalidPassword);
    }

    [Fact]
    public async Task RootDirectory_OfARunningServer_IsClosedToOthers()
    {
        await using var server = await PostgresServer.StartAsync();

        if (!OperatingSystem.IsWindows())
            File.GetUnixFileMode(server.RootDirectory).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [Fact]
    public async Task DisposeAsync_Running_LeavesNothing()
    {
        var server = await PostgresServer.StartAsync();
        var processId = server.ProcessId;

        await server.DisposeAsync();

        (await RunningServer.GoesAsync(server.RootDirectory, processId)).ShouldBeTrue();
    }

    [Fact]
    public async Task StartAsync_BadSetting_SaysWhatTheServerSaid()
    {
        var options = new PostgresServerOptions { Settings = new Dictionary<string, string> { ["no_such_setting"] = "1" } };

        var failure = await Should.ThrowAsync<PostgresServerException>(() => PostgresServer.StartAsync(options));

        failure.Message.ShouldContain("no_such_setting");
    }

    [Fact]
    public async Task StartAsync_NoBinaries_NamesWhatToInstallOrSet()
    {
        var options = new PostgresServerOptions { BinaryDirectory = "/nowhere/bin" };

        var missing = await Should.ThrowAsync<PostgresMissingException>(() => PostgresServer.StartAsync(options));

        missing.Message.ShouldContain("apt-get install postgresql");
        missing.Message.ShouldContain("PROTEAN_POSTGRES");
        missing.Message.ShouldContain("docker compose up");
        missing.Message.ShouldContain("/nowhere/bin");
    }
}
