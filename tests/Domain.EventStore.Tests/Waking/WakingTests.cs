using System.Globalization;
using Npgsql;
using Protean.EventStore.Conformance;
using Protean.EventStore.Tests.Conformance;
using Protean.EventStore.Tests.Stores;
using Protean.EventStore.Tests.Writing;
using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Tests.Waking;

/// <summary>Commits of one process wake those who wait in another.</summary>
public sealed class WakingTests(ConformanceDatabase database) : PostgresTests(database)
{
    /// <summary>So long that no test is saved by polling.</summary>
    private static readonly TimeSpan _never = TimeSpan.FromHours(10);

    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(10);

    private int _committed;

    [Fact(Timeout = HangLimit)]
    public async Task WaitForAppendAsync_CommitOfAnotherStore_WakesLongBeforeThePoll()
    {
        var (waiter, other) = (await OpenAsync(Silent), await OpenAsync(Silent));
        var waiting = waiter.WaitForAppendAsync(0, Cancellation).AsTask();
        await UntilListeningAsync();

        await CommitAsync(other);

        (await waiting.WaitAsync(_soon, TimeProvider.System)).ShouldBe(1);
    }

    [Fact(Timeout = HangLimit)]
    public async Task WaitForAppendAsync_CommittedBeforeTheFirstWait_IsFoundAtOnce()
    {
        var (waiter, other) = (await OpenAsync(Silent), await OpenAsync(Silent));
        await CommitAsync(other);

        (await waiter.WaitForAppendAsync(0, Cancellation).AsTask().WaitAsync(_soon, TimeProvider.System)).ShouldBe(1);
    }

    [Fact(Timeout = HangLimit)]
    public async Task WaitForAppendAsync_AgainAndAgain_EveryCommitOfAnotherStoreWakes()
    {
        var (waiter, other) = (await OpenAsync(Silent), await OpenAsync(Silent));
        for (var head = 0L; head < 50; head++)
        {
            var waiting = waiter.WaitForAppendAsync(head, Cancellation).AsTask();
            await CommitAsync(other);

            (await waiting.WaitAsync(_soon, TimeProvider.System)).ShouldBe(head + 1);
        }
    }

    [Fact(Timeout = HangLimit)]
    public async Task WaitForAppendAsync_CommitWithoutMessages_WakesNobody()
    {
        var (waiter, other) = (await OpenAsync(Silent), await OpenAsync(Silent));
        var waiting = waiter.WaitForAppendAsync(0, Cancellation).AsTask();
        await UntilListeningAsync();

        await other.CommitAsync(Commits.Claim(Sample.Key("k")), Cancellation);
        await CommitAsync(other);

        (await waiting.WaitAsync(_soon, TimeProvider.System)).ShouldBe(1);
    }

    [Fact(Timeout = HangLimit)]
    public async Task WaitForAppendAsync_ListenerKilled_IsReplacedAndWakesAgain()
    {
        var (waiter, other) = (await OpenAsync(Silent), await OpenAsync(Silent));
        var waiting = waiter.WaitForAppendAsync(0, Cancellation).AsTask();
        await UntilListeningAsync();
        var killed = await Sql.ScalarAsync<int>($"select pid from {Listeners}");
        await Sql.RunAsync($"select pg_terminate_backend({killed})");
        await Sql.UntilAsync($"exists (select from {Listeners} and pid <> {killed} and state = 'idle')");

        await CommitAsync(other);

        (await waiting.WaitAsync(_soon, TimeProvider.System)).ShouldBe(1);
    }

    [Fact(Timeout = HangLimit)]
    public async Task WaitForAppendAsync_CommittedWhileNobodyListened_IsFoundWhenTheListenerIsReplaced()
    {
        var (waiter, other) = (await OpenAsync(Silent), await OpenAsync(options => (options.PollInterval, options.Listen) = (_never, false)));
        var waiting = waiter.WaitForAppendAsync(0, Cancellation).AsTask();
        await UntilListeningAsync();
        // Without Listen a store does not notify either.
        await CommitAsync(other);

        await Sql.RunAsync($"select pg_terminate_backend(pid) from {Listeners}");

        (await waiting.WaitAsync(_soon, TimeProvider.System)).ShouldBe(1);
    }

    [Fact(Timeout = HangLimit)]
    public async Task WaitForAppendAsync_WithoutListening_PollsAlone()
    {
        var waiter = await OpenAsync(options => (options.PollInterval, options.Listen) = (TimeSpan.FromMilliseconds(20), false));
        var other = await OpenAsync(Silent);
        var waiting = waiter.WaitForAppendAsync(0, Cancellation).AsTask();

        await CommitAsync(other);

        (await waiting.WaitAsync(_soon, TimeProvider.System)).ShouldBe(1);
        (await Sql.ExistsAsync(Listeners)).ShouldBeFalse();
    }

    [Fact(Timeout = HangLimit)]
    public async Task WaitForAppendAsync_PollingFailedForAnyReason_GoesOn()
    {
        var fault = new Fault();
        var waiter = await OpenAsync(options => (options.PollInterval, options.Listen, options.ConnectionString, options.Configure) =
            (TimeSpan.FromMilliseconds(20), false, fault.In(options.ConnectionString), fault.Cause));
        var other = await OpenAsync(Silent);
        fault.Now = true;
        var waiting = waiter.WaitForAppendAsync(0, Cancellation).AsTask();
        await fault.Met;

        fault.Now = false;
        await CommitAsync(other);

        (await waiting.WaitAsync(_soon, TimeProvider.System)).ShouldBe(1);
    }

    [Fact(Timeout = HangLimit)]
    public async Task CommitAsync_NotifyingFailedForAnyReason_LaterCommitsWake()
    {
        var fault = new Fault();
        var waiter = await OpenAsync(Silent);
        var other = await OpenAsync(options => (options.Writers, options.ConnectionString, options.Configure) = (1, fault.In(options.ConnectionString), fault.Cause));
        await CommitAsync(other);
        (await waiter.WaitForAppendAsync(0, Cancellation)).ShouldBe(1);
        var waiting = waiter.WaitForAppendAsync(2, Cancellation).AsTask();
        await UntilListeningAsync();
        fault.Now = true;
        await CommitAsync(other);
        await fault.Met;

        fault.Now = false;
        await CommitAsync(other);

        (await waiting.WaitAsync(_soon, TimeProvider.System)).ShouldBe(3);
    }

    [Theory(Timeout = HangLimit)]
    [InlineData("9223372036854775807")]
    [InlineData("99999999999999999999999")]
    [InlineData("-5")]
    [InlineData("what?")]
    [InlineData("")]
    public async Task WaitForAppendAsync_ForgedNotification_WakesNobodyWrongly(string payload)
    {
        var (waiter, other) = (await OpenAsync(Silent), await OpenAsync(Silent));
        var waiting = waiter.WaitForAppendAsync(0, Cancellation).AsTask();
        await UntilListeningAsync();

        await Sql.RunAsync($"select pg_notify('protean_{Schema}', '{payload}')");
        await CommitAsync(other);
        await CommitAsync(other);

        (await waiting.WaitAsync(_soon, TimeProvider.System)).ShouldBeInRange(1, 2);
        (await waiter.WaitForAppendAsync(1, Cancellation).AsTask().WaitAsync(_soon, TimeProvider.System)).ShouldBe(2);
    }

    [Fact(Timeout = HangLimit)]
    public async Task CommitAsync_UnderLoad_NotifiesAtMostOnceABatchAndOfTheLastInTheEnd()
    {
        const int commits = 400;
        var store = await OpenAsync(options => (options.Writers, options.MaxBatchCommits) = (1, 10));
        await using var connection = new NpgsqlConnection(Sql.ConnectionString);
        await connection.OpenAsync(Cancellation);
        var heads = new List<long>();
        connection.Notification += (_, news) => heads.Add(long.Parse(news.Payload, CultureInfo.InvariantCulture));
        await using (var listen = new NpgsqlCommand($"listen protean_{Schema}", connection))
            await listen.ExecuteNonQueryAsync(Cancellation);

        await Task.WhenAll(store.Enqueue(Enumerable.Range(0, commits).Select(n => Commits.Append(Sample.StreamOf($"{n}"), ExpectedVersion.NoStream, Sample.Message()))));

        while (heads.LastOrDefault() < commits)
            await connection.WaitAsync(Cancellation);
        heads.Count.ShouldBeLessThanOrEqualTo((commits / 10) + 1);
        heads.ShouldBe(heads.Order());
    }

    /// <summary>The sessions that listen to this schema and wait for what comes.</summary>
    private string Listeners => $"pg_stat_activity where datname = current_database() and application_name = 'protean_{Schema}' and query ilike 'listen %'";

    private void Silent(PostgresStoreOptions options)
    {
        options.PollInterval = _never;
        options.ConnectionString = new NpgsqlConnectionStringBuilder(options.ConnectionString) { ApplicationName = $"protean_{Schema}" }.ConnectionString;
    }

    private Task UntilListeningAsync() => Sql.UntilAsync($"exists (select from {Listeners} and state = 'idle')");

    private async Task CommitAsync(PostgresEventStore store) =>
        await store.CommitAsync(Commits.Append(Sample.StreamOf($"{Interlocked.Increment(ref _committed)}"), ExpectedVersion.NoStream, Sample.Message()), Cancellation);
}
