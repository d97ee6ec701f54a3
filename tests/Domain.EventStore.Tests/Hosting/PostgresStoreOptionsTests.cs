using Shouldly;
using Xunit;

namespace Protean.EventStore.Tests.Hosting;

public sealed class PostgresStoreOptionsTests
{
    private const string Connection = "Host=127.0.0.1;Database=shop;Username=app;Password=secret";

    public static TheoryData<string, Action<PostgresStoreOptions>> Bad => new()
    {
        { "has no connection string", static options => options.ConnectionString = "" },
        { "has no connection string", static options => options.ConnectionString = " " },
        { "has no connection string", static options => options.ConnectionString = null! },
        { "cannot be read", static options => options.ConnectionString = "secret" },
        { "cannot be read", static options => options.ConnectionString = "Host=a;Passwort=secret" },
        { "cannot be read", static options => options.ConnectionString = "Host=a;Port=secret" },
        { "'Shop'", static options => options.Schema = "Shop" },
        { "cannot be the schema", static options => options.Schema = null! },
        { "PollInterval", static options => options.PollInterval = TimeSpan.Zero },
        { "PollInterval", static options => options.PollInterval = TimeSpan.FromDays(2) },
        { "Writers", static options => options.Writers = 0 },
        { "QueueCapacity", static options => options.QueueCapacity = 0 },
        { "MaxBatchCommits", static options => options.MaxBatchCommits = -1 },
        { "MaxBatchBytes", static options => options.MaxBatchBytes = 0 },
        { "LockTimeout", static options => options.LockTimeout = TimeSpan.FromSeconds(-1) },
        { "LockTimeout", static options => options.LockTimeout = TimeSpan.MaxValue },
        { "SettleTimeout", static options => options.SettleTimeout = TimeSpan.Zero },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void New_ValueThatCannotBe_IsNamedAndNothingElseIsTold(string culprit, Action<PostgresStoreOptions> spoil)
    {
        var options = new PostgresStoreOptions { ConnectionString = Connection };
        spoil(options);

        var error = Should.Throw<ArgumentException>(() => new PostgresEventStore(options));

        error.Message.ShouldContain(culprit);
        error.ToString().ShouldNotContain("secret");
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public void UsePostgres_ValueThatCannotBe_FailsWhereItIsDeclared(string culprit, Action<PostgresStoreOptions> spoil)
    {
        var error = Should.Throw<ArgumentException>(() => Domain.Create("shop", domain => domain.UsePostgres(options =>
        {
            options.ConnectionString = Connection;
            spoil(options);
        })));

        error.Message.ShouldContain(culprit);
    }

    [Fact]
    public void UsePostgres_ConnectionStringThatCannotBeRead_FailsWhereItIsDeclared() =>
        Should.Throw<ArgumentException>(() => Domain.Create("shop", static domain => domain.UsePostgres("nonsense"))).Message.ShouldContain("cannot be read");

    [Theory]
    [InlineData("", 30)]
    [InlineData(";Keepalive=7", 7)]
    [InlineData(";Keepalive=0", 0)]
    public async Task New_KeepAlive_IsTheUsersOrHalfAMinute(string more, int seconds)
    {
        var keepAlive = -1;

        await using var store = new PostgresEventStore(new() { ConnectionString = Connection + more, Configure = builder => keepAlive = builder.ConnectionStringBuilder.KeepAlive });

        keepAlive.ShouldBe(seconds);
    }

    [Fact]
    public async Task New_Defaults_AreTaken()
    {
        await using var store = new PostgresEventStore(new() { ConnectionString = Connection });

        store.Name.ShouldBe("PostgreSQL");
    }
}
