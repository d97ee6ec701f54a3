using Npgsql;
using Protean.EventStore.Conformance;
using Protean.EventStore.Tests.Conformance;
using Protean.EventStore.Tests.Stores;
using Protean.Storage;
using Xunit;

namespace Protean.EventStore.Tests.Maintenance;

/// <summary>What takes as long as there are rows is not broken off by the time limit for statements.</summary>
public sealed class TimeLimitTests(ConformanceDatabase database) : PostgresTests(database)
{
    private static readonly IReadOnlyDictionary<string, Func<PostgresEventStore, Task>> _operations = new Dictionary<string, Func<PostgresEventStore, Task>>
    {
        ["truncate"] = static store => store.TruncateStreamAsync(Sample.Stream, 1, Sample.Message(kind: MessageKind.Baseline), Cancellation).AsTask(),
        ["archive"] = static store => store.ArchiveStreamAsync(Sample.Stream, ExpectedVersion.Any, Sample.Message(kind: MessageKind.Tombstone), Cancellation).AsTask(),
        ["purge failures"] = static store => store.PurgeFailuresAsync(new(), Cancellation).AsTask(),
        ["purge keys"] = static store => store.PurgeKeysAsync(Sample.Time, Cancellation).AsTask(),
        ["purge marks"] = static store => store.PurgeMarksAsync("handler", 1, Cancellation).AsTask(),
        ["verify"] = static store => store.VerifyAsync([], Cancellation).ToListAsync(Cancellation).AsTask(),
        ["statistics of a stream"] = static store => store.GetStreamStatisticsAsync(Sample.Stream, Cancellation).AsTask(),
        ["streams"] = static store => store.ListStreamsAsync(Sample.Category, null, 9, Cancellation).AsTask(),
        ["categories"] = static store => store.ListCategoriesAsync(Cancellation).AsTask(),
        ["new index"] = static store => store.InitializeAsync(new("shop", [new(Sample.Carts, [new("new", [["new"]], Unique: false)])]), Cancellation).AsTask(),
    };

    private static readonly string[] _tables = ["messages", "failures", "keys", "marks"];

    public static TheoryData<string> Operations => new(_operations.Keys);

    [Theory(Timeout = HangLimit)]
    [MemberData(nameof(Operations))]
    public async Task Operation_HeldUpForLongerThanAStatementMayTake_IsSeenThrough(string operation)
    {
        var store = await OpenAsync(options => options.ConnectionString = new NpgsqlConnectionStringBuilder(options.ConnectionString) { CommandTimeout = 1 }.ConnectionString);
        await store.CommitAsync(Commits.Append(Sample.Stream, ExpectedVersion.NoStream, Sample.Messages(3)), Cancellation);
        var carts = await Sql.ScalarAsync<string>($"select table_name from {Schema}.collections where name = '{Sample.Carts}'");
        await using var source = NpgsqlDataSource.Create(Sql.ConnectionString);
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        await using var holding = await connection.BeginTransactionAsync(Cancellation);
        await using (var hold = new NpgsqlCommand(string.Concat((operation == "new index" ? [carts] : _tables).Select(table => $"lock table {Schema}.{table} in access exclusive mode;")), connection, holding))
            await hold.ExecuteNonQueryAsync(Cancellation);

        var running = _operations[operation](store);

        await Sql.UntilAsync("exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and clock_timestamp() > query_start + interval '1500 ms')");
        await holding.RollbackAsync(Cancellation);
        await running;
    }
}
