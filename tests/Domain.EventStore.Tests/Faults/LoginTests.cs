using Protean.EventStore.Conformance;
using Protean.EventStore.Tests.Stores;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Tests.Faults;

/// <summary>The server is there, but does not let the store in, until somebody sees to it.</summary>
public sealed class LoginTests : EmptyDatabaseTests
{
    private const string Wrong = "not-the-password";
    private readonly string _role = $"app_{Guid.NewGuid():n}";

    [Fact(Timeout = HangLimit)]
    public async Task InitializeAsync_WrongPassword_SaysSoWithoutItAndWorksWhenItIsRight()
    {
        await CreateRoleAsync("right");
        var store = Make(options => options.ConnectionString = With(c => (c.Username, c.Password) = (_role, Wrong)));

        var error = await Should.ThrowAsync<StoreUnavailableException>(() => InitializeAsync(store));

        error.Message.ShouldContain("check user and password");
        error.ToString().ShouldNotContain(Wrong);
        await Sql.RunAsync($"alter role {_role} password '{Wrong}'");
        await InitializeAsync(store);
        await WorksAsync(store);
    }

    [Fact(Timeout = HangLimit)]
    public async Task InitializeAsync_UserThatIsNotThere_SaysSoAndWorksWhenItIs()
    {
        var store = Make(options => options.ConnectionString = With(c => (c.Username, c.Password) = (_role, "app")));

        var error = await Should.ThrowAsync<StoreUnavailableException>(() => InitializeAsync(store));

        error.Message.ShouldContain("check user and password");
        await CreateRoleAsync("app");
        await InitializeAsync(store);
        await WorksAsync(store);
    }

    [Fact(Timeout = HangLimit)]
    public async Task InitializeAsync_NoMoreConnections_SaysSoAndWorksWhenThereAre()
    {
        await CreateRoleAsync("app", "connection limit 0");
        var store = Make(options => options.ConnectionString = With(c => (c.Username, c.Password) = (_role, "app")));

        var error = await Should.ThrowAsync<StoreUnavailableException>(() => InitializeAsync(store));

        error.Message.ShouldContain("no more connections");
        await Sql.RunAsync($"alter role {_role} connection limit 10");
        await InitializeAsync(store);
        await WorksAsync(store);
    }

    [Fact(Timeout = HangLimit)]
    public async Task InitializeAsync_DatabaseThatIsNotThere_SaysSoAndWorksWhenItIs()
    {
        var database = $"{DatabaseName}_later";
        var store = Make(options => options.ConnectionString = With(c => c.Database = database));

        var error = await Should.ThrowAsync<StoreUnavailableException>(() => InitializeAsync(store));

        error.Message.ShouldContain("the database does not exist");
        await Sql.RunAsync($"create database \"{database}\"");
        try
        {
            await InitializeAsync(store);
            await WorksAsync(store);
        }
        finally
        {
            await store.DisposeAsync();
            await Sql.RunAsync($"drop database \"{database}\" with (force)");
        }
    }

    private Task CreateRoleAsync(string password, string with = "") =>
        Sql.RunAsync($"create role {_role} login password '{password}' {with}; grant create on database \"{DatabaseName}\" to {_role}");

    private static Task InitializeAsync(PostgresEventStore store) => store.InitializeAsync(Sample.Definition, Cancellation).AsTask();

    private static async Task WorksAsync(PostgresEventStore store) =>
        (await store.CommitAsync(Commits.Append(Sample.Stream, Protean.Storage.ExpectedVersion.Any, Sample.Message()), Cancellation)).Head.ShouldBe(1);
}
