using Protean.EventStore.Conformance;
using Protean.EventStore.Tests.Stores;
using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Tests.Reading;

/// <summary>However long the log is, nothing that is done all day reads all of it. The database itself counts who does.</summary>
public sealed class IndexUseTests(LargeLog log) : IClassFixture<LargeLog>
{
    private const int HangLimit = 60_000;

    /// <summary>More often than it takes until a statement is prepared and then planned once for all values.</summary>
    private const int Times = 12;

    /// <summary>The most rows that a call may look at; those that look through an index from its start to its end look at 100,000.</summary>
    private const int Rows = 1_000;

    private static readonly IReadOnlyList<string> _total = ["total"];
    private static readonly IReadOnlyList<string> _email = ["email"];
    private static readonly StreamName _stream = StreamName.Parse("shop::c4-4");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> OfMessages =>
    [
        "stream", "stream backwards", "end of a stream", "stream that is not there", "correlation", "log", "category", "categories", "rare category", "category at its end", "types of a category",
        "partition of a category", "message by id", "head", "stream statistics", "streams of a category", "append", "append at a version", "truncation",
    ];

    public static TheoryData<string> OfDocuments => ["document", "documents", "equal number", "range of numbers", "equal text", "range of texts", "order", "count", "write", "unique write"];

    [Theory(Timeout = HangLimit)]
    [MemberData(nameof(OfMessages))]
    public Task Messages_AreFoundByAnIndex(string call) => FollowsAnIndexAsync("messages", call);

    [Theory(Timeout = HangLimit)]
    [MemberData(nameof(OfDocuments))]
    public Task Documents_AreFoundByAnIndex(string call) => FollowsAnIndexAsync("documents_shop__cart%", call);

    [Fact(Timeout = HangLimit)]
    public async Task Verification_WhichReadsEverything_IsSeenToDoSo()
    {
        await using var sql = new Sql(log.ConnectionString);
        var before = await ScansAsync(sql, "messages");

        await using (var store = await OpenAsync())
            await store.VerifyAsync([], Cancellation).CountAsync(Cancellation);

        await SessionsEndAsync(sql);
        await sql.UntilAsync($"{Scans("messages")} > {before}");
    }

    /// <summary>A session tells what it has read when it ends.</summary>
    private static Task SessionsEndAsync(Sql sql) =>
        sql.UntilAsync("not exists (select from pg_stat_activity where datname = current_database() and application_name = 'protean')");

    private async Task FollowsAnIndexAsync(string table, string call)
    {
        await using var sql = new Sql(log.ConnectionString);
        var (scans, lookups, rows) = (await ScansAsync(sql, table), await sql.ScalarAsync<long>($"select {Lookups(table)}"), await RowsAsync(sql, table));

        await using (var store = await OpenAsync())
        {
            for (var n = 0; n < Times; n++)
                await CallAsync(store, call, n);
        }

        await SessionsEndAsync(sql);
        await sql.UntilAsync($"{Lookups(table)} >= {lookups + Times}");
        (await ScansAsync(sql, table)).ShouldBe(scans);
        (await RowsAsync(sql, table)).ShouldBeInRange(rows, rows + (Times * Rows));
    }

    private async Task<PostgresEventStore> OpenAsync()
    {
        var store = new PostgresEventStore(new() { ConnectionString = log.ConnectionString });
        await store.InitializeAsync(Sample.Definition, Cancellation);
        return store;
    }

    private static async Task CallAsync(PostgresEventStore store, string call, int n)
    {
        switch (call)
        {
            case "stream":
                (await ReadAsync(store, new() { Stream = _stream, MaxCount = 100 })).Messages.Count.ShouldBe(20);
                break;
            case "stream backwards":
                (await ReadAsync(store, new() { Stream = _stream, From = 10, MaxCount = 5, Backwards = true })).Messages.Count.ShouldBe(5);
                break;
            case "end of a stream":
                (await ReadAsync(store, new() { Stream = _stream, From = 99, MaxCount = 5 })).Messages.ShouldBeEmpty();
                break;
            case "stream that is not there":
                (await ReadAsync(store, new() { Stream = Sample.StreamOf("none"), MaxCount = 5 })).Version.ShouldBe(ExpectedVersion.NoStream);
                break;
            case "correlation":
                (await store.ReadCorrelationAsync($"correlation-{n * 500}", 0, 1000, Cancellation)).Messages.Count.ShouldBe(10);
                break;
            case "message by id":
                (await store.FindMessageAsync(Guid.Parse($"00000000-0000-0000-0000-{n * 5000:x12}"), Cancellation)).ShouldNotBeNull();
                break;
            case "head":
                (await store.GetHeadAsync(Cancellation)).ShouldBeGreaterThanOrEqualTo(LargeLog.Count);
                break;
            case "stream statistics":
                (await store.GetStreamStatisticsAsync(_stream, Cancellation)).ShouldNotBeNull();
                break;
            case "streams of a category":
                (await store.ListStreamsAsync("shop::c4", null, 10, Cancellation)).Count.ShouldBe(10);
                break;
            default:
                await (call.StartsWith("append", StringComparison.Ordinal) || call == "truncation" ? WriteAsync(store, call, n) : ReadLogAsync(store, call, n));
                break;
        }
    }

    private static async Task<StreamPage> ReadAsync(PostgresEventStore store, StreamRead read) => await store.ReadStreamAsync(read, Cancellation);

    private static async Task WriteAsync(PostgresEventStore store, string call, int n)
    {
        var stream = Sample.StreamOf($"{call}-{n}");
        if (call == "append")
        {
            await store.CommitAsync(Commits.Append(stream, ExpectedVersion.Any, Sample.Messages(3)), Cancellation);
            return;
        }

        await store.CommitAsync(Commits.Append(stream, ExpectedVersion.NoStream, Sample.Messages(2)), Cancellation);
        if (call == "truncation")
            await store.TruncateStreamAsync(stream, 1, Sample.Message(kind: MessageKind.Baseline), Cancellation);
    }

    private static async Task ReadLogAsync(PostgresEventStore store, string call, int n)
    {
        var read = new LogRead { After = 5_000 * n, MaxCount = 10, Categories = call == "log" ? null : ["shop::c4"] };
        LogRead? asked = call switch
        {
            "log" or "category" => read,
            "categories" => read with { Categories = ["shop::c4", "shop::c5", "shop::none"] },
            "rare category" => read with { After = 0, Categories = ["shop::rare"] },
            "category at its end" => read with { After = LargeLog.Count - 1 },
            "types of a category" => read with { Types = ["Shop.T1", "Shop.T2"] },
            "partition of a category" => read with { Partition = new(0, 4) },
            _ => null,
        };
        if (asked is null)
        {
            await DocumentAsync(store, call, n);
            return;
        }

        (await store.ReadLogAsync(asked, Cancellation)).Messages.Count.ShouldBeLessThanOrEqualTo(10);
    }

    private static async Task DocumentAsync(PostgresEventStore store, string call, int n)
    {
        switch (call)
        {
            case "document":
                (await store.LoadDocumentAsync(new(Sample.Carts, $"d{n + 1}"), Cancellation)).ShouldNotBeNull();
                break;
            case "documents":
                (await store.LoadDocumentsAsync([new(Sample.Carts, $"d{n + 1}"), new(Sample.Carts, "d77"), new(Sample.Carts, "none")], Cancellation)).Count(static d => d is not null).ShouldBe(2);
                break;
            case "write":
                await store.CommitAsync(Commits.Write(Sample.Document($"d{n + 100}", $$"""{"total":{{n}}}""", version: 2, expected: 1)), Cancellation);
                break;
            case "unique write":
                await Should.ThrowAsync<DuplicateValueException>(() => store.CommitAsync(Commits.Write(Sample.Document($"new{n}", $$"""{"email":"e{{n + 500}}"}""")), Cancellation).AsTask());
                break;
            case "count":
                (await store.CountDocumentsAsync(Query("equal text", n), Cancellation)).ShouldBe(1);
                break;
            default:
                (await store.QueryDocumentsAsync(Query(call, n), Cancellation)).ShouldNotBeEmpty();
                break;
        }
    }

    private static DocumentQuery Query(string call, int n) => new()
    {
        Collection = Sample.Carts,
        Where = call switch
        {
            "equal number" => [new(_total, DocumentComparison.Equal, DocumentValue.Of(1_000 + n))],
            "range of numbers" => [new(_total, DocumentComparison.Greater, DocumentValue.Of(99_000 + n))],
            "equal text" => [new(_email, DocumentComparison.Equal, DocumentValue.Of($"e{1_000 + n}"))],
            "range of texts" => [new(_email, DocumentComparison.GreaterOrEqual, DocumentValue.Of("e9999"))],
            "order" => [],
            _ => throw new ArgumentOutOfRangeException(nameof(call), call, null),
        },
        OrderBy = call is "order" or "range of numbers" ? [new(_total, Descending: n % 2 == 0)] : [],
        Take = 10,
    };

    private static Task<long> ScansAsync(Sql sql, string table) => sql.ScalarAsync<long>($"select {Scans(table)}");

    private static Task<long> RowsAsync(Sql sql, string table) => sql.ScalarAsync<long>($"select {Sum("idx_tup_fetch", table)}");

    private static string Scans(string table) => Sum("seq_scan", table);

    private static string Lookups(string table) => Sum("idx_scan", table);

    private static string Sum(string counter, string table) => $"(select sum({counter})::bigint from pg_stat_user_tables where schemaname = 'protean' and relname like '{table}')";
}
