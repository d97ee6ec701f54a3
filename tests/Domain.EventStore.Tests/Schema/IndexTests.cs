using Npgsql;
using Protean.EventStore.Conformance;
using Protean.EventStore.Tests.Stores;
using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Tests.Schema;

/// <summary>Indexes come and go with their declaration, and are what queries go by.</summary>
public sealed class IndexTests : EmptyDatabaseTests
{
    private static readonly IReadOnlyList<string> _total = ["total"];
    private static readonly IReadOnlyList<string> _email = ["email"];

    private static readonly IndexDefinition _byTotal = new("total", [["total"]], Unique: false);
    private static readonly IndexDefinition _byEmail = new("email", [["email"]], Unique: true);

    public static TheoryData<string> Indexed => new("equal number", "range of numbers", "equal text", "range of texts", "order", "order from the end", "equal unique", "range of unique");

    [Theory(Timeout = HangLimit)]
    [MemberData(nameof(Indexed))]
    public async Task QueryDocumentsAsync_ByAnIndexedMember_FollowsTheIndex(string by)
    {
        var store = await OpenAsync(options => options.ConnectionString = With(c => c.Options = "-c enable_seqscan=off"), Definition(_byTotal, _byEmail));
        var table = $"protean.{await TableAsync()}";
        await Sql.RunAsync($$"""
            insert into {{table}} select 0, 'd' || n, 1, 'v1', jsonb_build_object('total', case when n % 2 = 0 then to_jsonb(n) else to_jsonb('t' || n) end, 'email', 'e' || n) from generate_series(1, 3000) n;
            analyze {{table}}
            """);

        await store.QueryDocumentsAsync(Query(by), Cancellation);
        await store.DisposeAsync();

        var index = by.EndsWith("unique", StringComparison.Ordinal) ? "unique_" : "index_";
        await Sql.UntilAsync($"exists (select from pg_stat_user_indexes where schemaname = 'protean' and indexrelname like '{index}%' and idx_scan > 0)");
    }

    [Fact(Timeout = HangLimit)]
    public async Task InitializeAsync_IndexDeclaredLater_IsMade()
    {
        await OpenAsync(definition: Definition());
        (await IndexesAsync()).ShouldBeEmpty();

        await OpenAsync(definition: Definition(_byTotal, _byEmail));

        (await IndexesAsync()).Count.ShouldBe(2);
    }

    [Fact(Timeout = HangLimit)]
    public async Task InitializeAsync_IndexDeclaredNoMore_IsDropped()
    {
        await OpenAsync(definition: Definition(_byTotal, _byEmail));

        await OpenAsync(definition: Definition(_byEmail));

        (await IndexesAsync()).ShouldHaveSingleItem().ShouldStartWith("unique_");
    }

    [Fact(Timeout = HangLimit)]
    public async Task InitializeAsync_IndexWithOtherMembers_IsMadeAnew()
    {
        await OpenAsync(definition: Definition(_byTotal));
        var before = await IndexesAsync();

        await OpenAsync(definition: Definition(_byTotal with { Paths = [["total"], ["name"]] }));

        (await IndexesAsync()).ShouldHaveSingleItem().ShouldNotBe(before[0]);
    }

    [Theory(Timeout = HangLimit)]
    [InlineData("reports_by_day")]
    [InlineData("index_of_the_administrator")]
    [InlineData("unique_stamps")]
    public async Task InitializeAsync_IndexOfTheAdministrator_Stays(string name)
    {
        await OpenAsync(definition: Definition());
        await Sql.RunAsync($"create index {name} on protean.{await TableAsync()} (stamp)");

        await OpenAsync(definition: Definition(_byTotal));

        (await IndexesAsync()).ShouldContain(name);
    }

    [Fact(Timeout = HangLimit)]
    public async Task InitializeAsync_UniqueIndexOverRepeatedValues_IsRefusedAndTheStoreIsUnharmed()
    {
        var store = await OpenAsync(definition: Definition(_byTotal));
        await store.CommitAsync(Commits.Write(Sample.Document("a", """{"email":"x"}"""), Sample.Document("b", """{"email":"x"}""")), Cancellation);

        var error = await Should.ThrowAsync<DuplicateValueException>(() => OpenAsync(definition: Definition(_byTotal, _byEmail)));

        (error.Collection, error.Index).ShouldBe((Sample.Carts, "email"));
        await store.CommitAsync(Commits.Write(Sample.Document("c", """{"email":"x"}""")), Cancellation);
        (await store.CountDocumentsAsync(new() { Collection = Sample.Carts }, Cancellation)).ShouldBe(3);
    }

    [Fact(Timeout = HangLimit)]
    public async Task InitializeAsync_UniqueIndexDeclaredLater_Holds()
    {
        var before = await OpenAsync(definition: Definition());
        await before.CommitAsync(Commits.Write(Sample.Document("a", """{"email":"x"}""")), Cancellation);

        var store = await OpenAsync(definition: Definition(_byEmail));

        await Should.ThrowAsync<DuplicateValueException>(() => store.CommitAsync(Commits.Write(Sample.Document("b", """{"email":"x"}""")), Cancellation).AsTask());
    }

    [Fact(Timeout = HangLimit)]
    public async Task InitializeAsync_UniqueIndexOverRepeatedValues_LeavesNothingOfIt()
    {
        var store = await OpenAsync(definition: Definition());
        await store.CommitAsync(Commits.Write(Sample.Document("a", """{"email":"x"}"""), Sample.Document("b", """{"email":"x"}""")), Cancellation);

        await Should.ThrowAsync<DuplicateValueException>(() => OpenAsync(definition: Definition(_byEmail)));

        (await IndexesAsync()).ShouldBeEmpty();
    }

    [Fact(Timeout = HangLimit)]
    public async Task InitializeAsync_IndexWhoseBuildingWasBrokenOff_IsMadeAnew()
    {
        await OpenAsync(definition: Definition(_byEmail));
        var name = (await IndexesAsync()).ShouldHaveSingleItem();
        await Sql.RunAsync($"update pg_index set indisvalid = false where indexrelid = 'protean.{name}'::regclass");

        await OpenAsync(definition: Definition(_byEmail));

        (await IndexesAsync()).ShouldBe([name]);
        (await Sql.ScalarAsync<bool>($"select indisvalid from pg_index where indexrelid = 'protean.{name}'::regclass")).ShouldBeTrue();
    }

    [Fact(Timeout = HangLimit)]
    public async Task InitializeAsync_IndexOfATableInUse_KeepsNobodyFromWriting()
    {
        var store = await OpenAsync(definition: Definition());
        await using var source = NpgsqlDataSource.Create(ConnectionString);
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        await using var slow = await connection.BeginTransactionAsync(Cancellation);
        await using (var write = new NpgsqlCommand($$"""insert into protean.{{await TableAsync()}} values (0, 'slow', 1, 'v1', '{}')""", connection, slow))
            await write.ExecuteNonQueryAsync(Cancellation);
        var building = OpenAsync(definition: Definition(_byTotal));
        await Sql.UntilAsync("exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like 'create index%')");

        await store.CommitAsync(Commits.Write(Sample.Document("d")), Cancellation);

        building.IsCompleted.ShouldBeFalse();
        await slow.CommitAsync(Cancellation);
        await building;
        (await IndexesAsync()).ShouldHaveSingleItem();
    }

    [Fact(Timeout = HangLimit)]
    public async Task InitializeAsync_TenStoresWithANewIndexAtOnce_AllSucceed()
    {
        await OpenAsync(definition: Definition());

        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => OpenAsync(definition: Definition(_byTotal, _byEmail))));

        (await IndexesAsync()).Count.ShouldBe(2);
    }

    private static StoreDefinition Definition(params IndexDefinition[] indexes) => new("shop", [new(Sample.Carts, indexes)]);

    private static DocumentQuery Query(string by) => new()
    {
        Collection = Sample.Carts,
        Where = by switch
        {
            "equal number" => [new(_total, DocumentComparison.Equal, DocumentValue.Of(4))],
            "range of numbers" => [new(_total, DocumentComparison.Greater, DocumentValue.Of(2900))],
            "equal text" => [new(_total, DocumentComparison.Equal, DocumentValue.Of("t5"))],
            "range of texts" => [new(_total, DocumentComparison.LessOrEqual, DocumentValue.Of("t1005"))],
            "equal unique" => [new(_email, DocumentComparison.Equal, DocumentValue.Of("e7"))],
            "range of unique" => [new(_email, DocumentComparison.GreaterOrEqual, DocumentValue.Of("e99"))],
            _ => [],
        },
        OrderBy = by.StartsWith("order", StringComparison.Ordinal) ? [new(_total, by.EndsWith("end", StringComparison.Ordinal))] : [],
        Take = 10,
    };

    private async Task<IReadOnlyList<string>> IndexesAsync() =>
        await Sql.ListAsync<string>($"select indexname::text from pg_indexes where tablename = '{await TableAsync()}' and indexname not like '%\\_pkey' order by 1");

    private Task<string> TableAsync() => Sql.ScalarAsync<string>($"select table_name from protean.collections where name = '{Sample.Carts}'");
}
