using Npgsql;
using Protean.EventStore.Conformance;
using Protean.EventStore.Tests.Ordering;
using Protean.EventStore.Tests.Stores;
using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Tests.Schema;

/// <summary>The schema comes to be, whoever makes it and however many do so at once.</summary>
public sealed class SchemaMakingTests : EmptyDatabaseTests
{
    [Fact(Timeout = HangLimit)]
    public async Task InitializeAsync_TenStoresAtOnce_AllSucceed()
    {
        var stores = Enumerable.Range(0, 10).Select(_ => Make()).ToArray();

        await Task.WhenAll(stores.Select(store => store.InitializeAsync(Sample.Definition, Cancellation).AsTask()));

        var results = await Task.WhenAll(stores.Select((store, n) => store.CommitAsync(Commits.Append(Sample.StreamOf($"{n}"), ExpectedVersion.NoStream, Sample.Message()), Cancellation).AsTask()));
        results.Select(static result => result.Head).Order().ShouldBe(Enumerable.Range(1, 10).Select(static n => (long)n));
    }

    [Fact(Timeout = HangLimit)]
    public async Task InitializeAsync_SeveralProcessesAtOnce_AllSucceed()
    {
        var processes = Enumerable.Range(0, 3).Select(n => WorkerProcess.Start(ConnectionString, "protean", $"p{n}")).ToArray();
        try
        {
            await Task.WhenAll(processes.Select(static process => process.ReadyAsync()));

            (await Task.WhenAll(processes.Select(static process => process.WriteAsync()))).ShouldAllBe(static ids => ids.Count == 1);
        }
        finally
        {
            foreach (var process in processes)
                process.Dispose();
        }
    }

    [Fact(Timeout = HangLimit)]
    public async Task InitializeAsync_Default_MakesTheSchemaProtean()
    {
        await OpenAsync();

        (await Sql.ScalarAsync<int>("select max(version) from protean.schema_version")).ShouldBeGreaterThan(0);
    }

    [Fact(Timeout = HangLimit)]
    public async Task InitializeAsync_TwoSchemasInOneDatabase_AreApart()
    {
        var one = await OpenAsync(options => options.Schema = "one");
        var two = await OpenAsync(options => options.Schema = "two");

        await one.CommitAsync(new() { Appends = [new(Sample.Stream, ExpectedVersion.NoStream, Sample.Messages(3))], Documents = [Sample.Document("d")] }, Cancellation);

        (await two.GetHeadAsync(Cancellation)).ShouldBe(0);
        (await two.LoadDocumentAsync(new(Sample.Carts, "d"), Cancellation)).ShouldBeNull();
        (await two.CommitAsync(Commits.Append(Sample.Stream, ExpectedVersion.NoStream, Sample.Message()), Cancellation)).Head.ShouldBe(1);
    }

    [Fact(Timeout = HangLimit)]
    public async Task InitializeAsync_NewerSchema_IsRefusedWithBothVersions()
    {
        await OpenAsync();
        await Sql.RunAsync("insert into protean.schema_version (version) values (4711)");

        var error = await Should.ThrowAsync<StoreSchemaException>(() => OpenAsync());

        error.Message.ShouldContain("4711");
        error.Message.ShouldContain("version 4711, and this code knows versions up to 1");
    }

    [Fact(Timeout = HangLimit)]
    public async Task InitializeAsync_UserWithoutTheRightToCreate_IsToldToRunTheScript()
    {
        var user = await CreateUserAsync();

        var error = await Should.ThrowAsync<StoreSchemaException>(() => OpenAsync(options => options.ConnectionString = user));

        error.Message.ShouldContain("ExportSchema");
    }

    [Fact(Timeout = HangLimit)]
    public async Task ExportSchemaAsync_RunByAnAdministrator_LetsAUserWithoutTheRightToCreateWork()
    {
        var user = await CreateUserAsync();
        await using var script = new StringWriter();
        await Make().ExportSchemaAsync(Sample.Definition, script, Cancellation);
        await Sql.RunAsync(script.ToString());
        var name = new NpgsqlConnectionStringBuilder(user).Username;
        foreach (var grant in script.ToString().Split('\n').Where(static line => line.StartsWith("-- grant", StringComparison.Ordinal)))
            await Sql.RunAsync(grant.TrimStart('-').Replace("<user>", name, StringComparison.Ordinal));

        var store = await OpenAsync(options => options.ConnectionString = user);
        var result = await store.CommitAsync(
            new() { Appends = [new(Sample.Stream, ExpectedVersion.NoStream, Sample.Messages(2))], Documents = [Sample.Document("d")], Checkpoints = [new(new("handler"), 0, 2, 0)], Keys = [Sample.Key("k")] },
            Cancellation);

        result.Head.ShouldBe(2);
        (await store.LoadDocumentAsync(new(Sample.Carts, "d"), Cancellation)).ShouldNotBeNull();
    }

    [Fact(Timeout = HangLimit)]
    public async Task InitializeAsync_SchemaOfTheUserIsThere_NeedsNoRightInTheDatabase()
    {
        var user = await CreateUserAsync();
        await Sql.RunAsync($"create schema protean authorization {new NpgsqlConnectionStringBuilder(user).Username}");

        var store = await OpenAsync(options => options.ConnectionString = user);

        (await store.CommitAsync(Commits.Append(Sample.Stream, ExpectedVersion.NoStream, Sample.Message()), Cancellation)).Head.ShouldBe(1);
    }

    [Fact(Timeout = HangLimit)]
    public async Task ExportSchemaAsync_Run_IsWhatTheStoreMakesItself()
    {
        await Sql.RunAsync(PostgresEventStore.ExportSchema(Sample.Definition, "exported"));

        await OpenAsync();

        (await DescribeAsync("exported")).ShouldBe(await DescribeAsync("protean"));
    }

    [Fact(Timeout = HangLimit)]
    public async Task InitializeAsync_LogWasFilledPastTheStore_GivesOutPositionsAboveIt()
    {
        var store = await OpenAsync();
        await store.CommitAsync(Commits.Append(Sample.Stream, ExpectedVersion.NoStream, Sample.Messages(2)), Cancellation);
        await Sql.RunAsync("update protean.messages set global_position = global_position + 100");

        var restored = await OpenAsync();

        (await restored.CommitAsync(Commits.Append(Sample.Stream, 1, Sample.Message()), Cancellation)).Head.ShouldBe(103);
    }

    [Theory(Timeout = HangLimit)]
    [InlineData("serializable")]
    [InlineData("repeatable read")]
    public async Task InitializeAsync_AnotherIsolationByDefault_IsRefusedByItsName(string isolation)
    {
        await Sql.RunAsync($"alter database \"{DatabaseName}\" set default_transaction_isolation = '{isolation}'");
        NpgsqlConnection.ClearAllPools();

        var error = await Should.ThrowAsync<StoreSchemaException>(() => OpenAsync());

        error.Message.ShouldContain(isolation);
    }

    [Fact(Timeout = HangLimit)]
    public async Task InitializeAsync_ReadOnlyDatabase_IsUnavailable()
    {
        var error = await Should.ThrowAsync<StoreUnavailableException>(() => OpenAsync(options => options.ConnectionString = With(c => c.Options = "-c default_transaction_read_only=on")));

        error.Message.ShouldContain("read-only");
    }

    [Fact(Timeout = HangLimit)]
    public async Task CommitAsync_ReadOnlyDatabase_IsUnavailable()
    {
        await OpenAsync();
        var store = await OpenAsync(options => options.ConnectionString = With(c => c.Options = "-c default_transaction_read_only=on"));

        var error = await Should.ThrowAsync<StoreUnavailableException>(() => store.CommitAsync(Commits.Append(Sample.Stream, ExpectedVersion.Any, Sample.Message()), Cancellation).AsTask());

        error.Message.ShouldContain("read-only");
        (await store.GetHeadAsync(Cancellation)).ShouldBe(0);
    }

    [Fact(Timeout = HangLimit)]
    public async Task InitializeAsync_EncodingThatIsNotUtf8_IsRefused()
    {
        await Sql.RunAsync($"create database {DatabaseName}_latin encoding 'LATIN1' locale 'C' template template0");
        try
        {
            var error = await Should.ThrowAsync<StoreSchemaException>(() => OpenAsync(options => options.ConnectionString = With(c => (c.Database, c.Pooling) = ($"{DatabaseName}_latin", false))));

            error.Message.ShouldContain("LATIN1");
        }
        finally
        {
            await Sql.RunAsync($"drop database {DatabaseName}_latin with (force)");
        }
    }

    /// <summary>A user who may do nothing but connect.</summary>
    private async Task<string> CreateUserAsync()
    {
        var name = $"app_{Guid.NewGuid():n}";
        await Sql.RunAsync($"create role {name} login password 'app'");
        return With(c => (c.Username, c.Password) = (name, "app"));
    }

    private Task<IReadOnlyList<string>> DescribeAsync(string schema) => Sql.ListAsync<string>(
        $"""
        select format('%s %s %s %s %s', table_name, column_name, data_type, is_nullable, collation_name) from information_schema.columns where table_schema = '{schema}'
        union all select replace(indexdef, '{schema}.', '') from pg_indexes where schemaname = '{schema}'
        union all select format('%s %s', c.name, c.table_name) from {schema}.collections c order by 1
        """);
}
