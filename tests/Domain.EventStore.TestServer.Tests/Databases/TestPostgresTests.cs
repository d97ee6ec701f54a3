using Npgsql;
using Shouldly;
using Xunit;

namespace Protean.EventStore.TestServer.Tests;

public sealed class TestPostgresTests(TestPostgresTests.NamedServer named) : IClassFixture<TestPostgresTests.NamedServer>
{
    [Fact]
    public async Task ConnectionStringAsync_VariableSet_IsTheNamedServer()
    {
        await using var postgres = named.Use();

        var connectionString = await postgres.ConnectionStringAsync();

        postgres.IsPrivate.ShouldBeFalse();
        connectionString.ShouldBe(named.Server.ConnectionString());
    }

    [Fact]
    public async Task ConnectionStringAsync_VariableNotSet_IsOnePrivateServer()
    {
        await using var postgres = new TestPostgres(_ => null);

        var asked = await Task.WhenAll(postgres.ConnectionStringAsync(), postgres.ConnectionStringAsync());

        postgres.IsPrivate.ShouldBeTrue();
        asked[1].ShouldBe(asked[0]);
        (await Sql.RunAsync(asked[0], "select current_setting('port')")).ShouldNotBe(named.Server.Port.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task ConnectionStringAsync_NamedServerIsNotThere_SaysWhichVariable()
    {
        await using var postgres = new TestPostgres(_ => "Host=127.0.0.1;Port=1;Username=x;Database=x");

        var failure = await Should.ThrowAsync<PostgresServerException>(() => postgres.ConnectionStringAsync());

        failure.Message.ShouldContain(TestPostgres.Variable);
    }

    [Fact]
    public async Task CreateAsync_VariableSet_MakesDatabasesOnTheNamedServer()
    {
        await using var postgres = named.Use();

        await using var database = await TestDatabase.CreateAsync(template: null, postgres);

        new NpgsqlConnectionStringBuilder(database.ConnectionString).Port.ShouldBe(named.Server.Port);
        (await Sql.RunAsync(database.ConnectionString, "select current_database()")).ShouldBe(database.Name);
    }

    [Fact]
    public async Task DisposeAsync_VariableSet_LeavesNoTemplateOnTheNamedServer()
    {
        var postgres = named.Use();
        var template = "";
        Task PrepareAsync(string connectionString)
        {
            template = new NpgsqlConnectionStringBuilder(connectionString).Database!;
            return Task.CompletedTask;
        }
        await (await TestDatabase.CreateFromTemplateAsync("left", PrepareAsync, postgres)).DisposeAsync();
        (await Sql.HasDatabaseAsync(named.Server.ConnectionString(), template)).ShouldBeTrue();

        await postgres.DisposeAsync();

        (await Sql.HasDatabaseAsync(named.Server.ConnectionString(), template)).ShouldBeFalse();
    }

    [Theory]
    [InlineData("elsewhere", 25, false)]
    [InlineData("elsewhere", 23, true)]
    [InlineData(null, 25, true)]
    public async Task ConnectionStringAsync_DatabasesOfOthers_DropsOldOnesWhoseOwnerIsGone(string? host, int hours, bool stays)
    {
        var name = DatabaseName.Next();
        var owner = new DatabaseOwner(Environment.ProcessId, host ?? Environment.MachineName, TimeProvider.System.GetUtcNow().AddHours(-hours));
        await Sql.RunAsync(named.Server.ConnectionString(), $"create database {name}");
        await Sql.RunAsync(named.Server.ConnectionString(), $"comment on database {name} is '{owner}'");
        await using var postgres = named.Use();

        await postgres.ConnectionStringAsync();

        (await Sql.HasDatabaseAsync(named.Server.ConnectionString(), name)).ShouldBe(stays);
    }

    public sealed class NamedServer : IAsyncLifetime
    {
        public PostgresServer Server { get; private set; } = null!;

        public TestPostgres Use() => new(name => name == TestPostgres.Variable ? Server.ConnectionString() : null);

        public async ValueTask InitializeAsync() => Server = await PostgresServer.StartAsync();

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }
}
