using Microsoft.Extensions.DependencyInjection;
using Protean.Testing;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Sqlite.Tests;

public sealed class SqliteStoreOptionsTests
{
    public static TheoryData<string, Action<SqliteStoreOptions>> Bad() => new()
    {
        { "Path is missing", options => options.Path = "" },
        { ":memory:", options => options.Path = ":memory:" },
        { "file:", options => options.Path = "file:a.db" },
        { "BusyTimeout", options => options.BusyTimeout = TimeSpan.FromSeconds(-1) },
        { "PollInterval", options => options.PollInterval = TimeSpan.Zero },
        { "QueueCapacity", options => options.QueueCapacity = 0 },
        { "MaxBatchCommits", options => options.MaxBatchCommits = 0 },
        { "MaxBatchBytes", options => options.MaxBatchBytes = 0 },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void Options_ThatCannotBeUsed_AreNamed(string culprit, Action<SqliteStoreOptions> spoil)
    {
        var options = new SqliteStoreOptions { Path = "a.db" };
        spoil(options);

        Assert.Throws<ArgumentException>(() => new SqliteEventStore(options)).Message.ShouldContain(culprit);
    }

    [Fact]
    public void UseSqlite_OptionThatCannotBeUsed_FailsWhereItIsDeclared() =>
        Assert.Throws<ArgumentException>(() => Domain.Create("shop", domain => domain.UseSqlite(options => options.Path = " ")));

    [Fact]
    public async Task UseSqlite_ClockAmongTheServices_IsTheStoresClock()
    {
        using var file = new TempFile();
        var clock = new FakeClock();
        await using var domain = Domain.Create("shop", domain =>
        {
            domain.Services.AddSingleton<TimeProvider>(clock);
            domain.UseSqlite(file.Path);
        });
        await domain.StartAsync(TestContext.Current.CancellationToken);

        var node = (await domain.Store.HeartbeatAsync(new("a", TimeSpan.FromSeconds(1)), TestContext.Current.CancellationToken)).ShouldHaveSingleItem();

        node.AliveUntil.ShouldBe(clock.GetUtcNow() + TimeSpan.FromSeconds(1));
        domain.Store.Name.ShouldBe("SQLite");
    }
}
