using Microsoft.Extensions.Logging;
using Protean.EventStore.Conformance;
using Protean.EventStore.Tests.Conformance;
using Protean.EventStore.Tests.Stores;
using Protean.Storage;
using Protean.Testing;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Tests.Maintenance;

/// <summary>What nobody needs any more goes by itself, and nothing else does.</summary>
public sealed class SweeperTests(ConformanceDatabase database) : PostgresTests(database)
{
    /// <summary>More than are removed in one step.</summary>
    private const int Many = 4_500;

    private static readonly TimeSpan _pause = TimeSpan.FromHours(1);

    private readonly FakeClock _clock = new();

    [Fact(Timeout = HangLimit)]
    public async Task DroppedGeneration_ItsDocumentsGo()
    {
        var store = await OpenAsync(time: _clock);
        var table = await TableAsync(Sample.Carts);
        await BuildAsync(store, generation: 1);
        await FillAsync(table, generation: 1, Many);

        await store.CommitAsync(Commits.Change(Sample.Carts, GenerationAction.Drop, 1), Cancellation);

        await Sql.UntilAsync($"not exists (select from {table} where generation = 1)");
    }

    [Fact(Timeout = HangLimit)]
    public async Task ReplacedGeneration_ItsDocumentsGoAndThoseOfTheNewOneStay()
    {
        var store = await OpenAsync(time: _clock);
        var table = await TableAsync(Sample.Carts);
        await store.CommitAsync(Commits.Write(Sample.Document("old")), Cancellation);
        await BuildAsync(store, generation: 1);
        await store.CommitAsync(Commits.Write(Sample.Document("new", generation: 1)), Cancellation);

        await store.CommitAsync(Commits.Change(Sample.Carts, GenerationAction.Activate, 1), Cancellation);
        await Sql.UntilAsync($"not exists (select from {table} where generation = 0)");

        (await store.LoadDocumentAsync(new(Sample.Carts, "new"), Cancellation)).ShouldNotBeNull();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Sweep_LiveAndUnfinishedGenerationsAndOtherCollections_Stay()
    {
        var store = await OpenAsync(time: _clock);
        var (carts, views) = (await TableAsync(Sample.Carts), await TableAsync(Sample.Views));
        await BuildAsync(store, generation: 1);
        await BuildAsync(store, generation: 2);
        foreach (var generation in new[] { 0, 1, 2 })
            await FillAsync(carts, generation, 3);
        await FillAsync(views, generation: 2, 3);

        await store.CommitAsync(Commits.Change(Sample.Carts, GenerationAction.Drop, 2), Cancellation);
        await SweptAsync();

        (await CountAsync(carts, 0), await CountAsync(carts, 1), await CountAsync(carts, 2), await CountAsync(views, 2)).ShouldBe((3, 3, 0, 3));
    }

    [Fact(Timeout = HangLimit)]
    public async Task Sweep_BatchesThatNothingCanComeOfAnyMore_GoAndYoungerOnesStay()
    {
        var store = await OpenAsync(time: _clock);
        await store.CommitAsync(Commits.Move(new("handler"), 0, 1), Cancellation);
        await Sql.RunAsync($"""
            insert into {Schema}.batches (id, head, abandoned, at) select gen_random_uuid(), 1, n % 2 = 0, now() - interval '65 minutes' from generate_series(1, {Many}) n;
            insert into {Schema}.batches (id, head, abandoned, at) select gen_random_uuid(), 2, n % 2 = 0, now() - interval '55 minutes' from generate_series(1, 4) n
            """);

        await SweptAsync();

        (await Sql.ExistsAsync($"{Schema}.batches where head = 1")).ShouldBeFalse();
        (await Sql.ScalarAsync<long>($"select count(*) from {Schema}.batches")).ShouldBe(5, "the four and the commit's own");
    }

    [Fact(Timeout = HangLimit)]
    public async Task Sweep_BatchThatCanStillWaitForItsTurn_Stays()
    {
        await OpenAsync(options => options.LockTimeout = TimeSpan.FromHours(3), time: _clock);
        await Sql.RunAsync($"insert into {Schema}.batches (id, head, abandoned, at) values (gen_random_uuid(), 1, true, now() - interval '3 hours'), (gen_random_uuid(), 2, true, now() - interval '4 hours')");

        await SweptAsync();

        (await Sql.ListAsync<long>($"select head from {Schema}.batches")).ShouldBe([1L]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Sweep_ThatFailsForAnotherReason_IsLoggedAndDoneAnHourLater()
    {
        var fault = new Fault();
        var log = new SweepLog();
        var store = Track(new PostgresEventStore(new() { ConnectionString = fault.In(ConnectionString), Schema = Schema, Configure = fault.Cause }, _clock, log));
        await store.InitializeAsync(Sample.Definition, Cancellation);
        await SweptAsync();
        fault.Now = true;

        // The sweep before may not have come to its end yet, so that nobody waits for the hour.
        do
        {
            _clock.Advance(_pause);
            await Sql.RunAsync("select 1");
        }
        while (!log.Failed.IsCompleted && !Cancellation.IsCancellationRequested);

        (await log.Failed).ShouldBeSameAs(fault.Error);
        fault.Now = false;
        await SweptAsync();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Sweep_WhatIsKeptUntilItIsPurged_Stays()
    {
        var store = await OpenAsync(time: _clock);
        var id = Guid.CreateVersion7();
        await store.CommitAsync(
            new() { Id = id, Appends = [new(Sample.Stream, ExpectedVersion.NoStream, Sample.Messages(2))], Keys = [Sample.Key("k")], Marks = [new("handler", "Handle", 1)], Failures = [new(new("handler", "Handle", 1), 0, Sample.Failure(new("handler", "Handle", 1)))] },
            Cancellation);
        await Sql.RunAsync($"update {Schema}.commits set at = now() - interval '400 days'; update {Schema}.keys set at = now() - interval '400 days'");

        await SweptAsync();

        (await store.GetHeadAsync(Cancellation)).ShouldBe(2);
        (await store.GetKeyAsync("Shop.PlaceOrder", "k", Cancellation)).ShouldNotBeNull();
        (await store.GetMarksAsync("handler", 0, 9, Cancellation)).ShouldHaveSingleItem();
        (await store.CountFailuresAsync(new(), Cancellation)).ShouldBe(1);
        (await Sql.ExistsAsync($"{Schema}.commits where id = '{id}'")).ShouldBeTrue();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Sweep_ThatFails_IsLoggedAndDoneAnHourLater()
    {
        await OpenAsync(time: _clock);
        await Sql.RunAsync($"alter table {Schema}.batches rename to hidden");
        var log = new SweepLog();
        var store = Track(new PostgresEventStore(new() { ConnectionString = ConnectionString, Schema = Schema }, _clock, log));
        await store.InitializeAsync(Sample.Definition, Cancellation);

        (await log.Failed).Message.ShouldContain("batches");

        await Sql.RunAsync($"alter table {Schema}.hidden rename to batches");
        await SweptAsync();
    }

    private async Task BuildAsync(PostgresEventStore store, long generation) =>
        await store.CommitAsync(Commits.Change(Sample.Carts, GenerationAction.Begin, generation), Cancellation);

    private Task<string> TableAsync(string collection) => Sql.ScalarAsync<string>($"select '{Schema}.' || table_name from {Schema}.collections where name = '{collection}'");

    private Task FillAsync(string table, long generation, int count) =>
        Sql.RunAsync($$"""insert into {{table}} select {{generation}}, 'd' || n, 1, 'v1', '{}' from generate_series(1, {{count}}) n""");

    private Task<long> CountAsync(string table, long generation) => Sql.ScalarAsync<long>($"select count(*) from {table} where generation = {generation}");

    /// <summary>Waits until everything was swept once more: an old batch is what a sweep removes last.</summary>
    private async Task SweptAsync()
    {
        await Sql.RunAsync($"insert into {Schema}.batches (id, head, at) values (gen_random_uuid(), 99, now() - interval '2 days')");
        while (await Sql.ExistsAsync($"{Schema}.batches where head = 99"))
        {
            Cancellation.ThrowIfCancellationRequested();
            _clock.Advance(_pause);
        }
    }

    private sealed class SweepLog : ILogger<PostgresEventStore>
    {
        private readonly TaskCompletionSource<Exception> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<Exception> Failed => _failed.Task;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel == LogLevel.Warning && exception is not null)
                _failed.TrySetResult(exception);
        }
    }
}
