using Npgsql;
using Protean.EventStore.Conformance;
using Protean.EventStore.Tests.Stores;
using Protean.EventStore.TestServer;
using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Tests.Faults;

/// <summary>The server goes away and comes back, under the same store.</summary>
public sealed class ServerTests(PrivateServer server) : IClassFixture<PrivateServer>, IAsyncLifetime
{
    private const int HangLimit = 60_000;
    private static readonly CheckpointKey _handler = new("handler");

    private readonly string _schema = $"s_{Guid.NewGuid():n}";
    private readonly List<PostgresEventStore> _stores = [];
    private Sql? _sql;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Sql Sql => _sql ??= new(server.Server.ConnectionString());

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var store in _stores)
            await store.DisposeAsync();
        if (_sql is not null)
            await _sql.DisposeAsync();
        NpgsqlConnection.ClearAllPools();
    }

    [Fact(Timeout = HangLimit)]
    public async Task InitializeAsync_ServerIsDown_SaysSoAndWorksWhenItIsUp()
    {
        var store = Make();
        await server.Server.StopAsync(cancellationToken: Cancellation);

        var error = await Should.ThrowAsync<StoreUnavailableException>(() => InitializeAsync(store));

        error.Message.ShouldContain("cannot be reached");
        error.IsTransient.ShouldBeTrue();
        await server.Server.StartAgainAsync(Cancellation);
        await InitializeAsync(store);
        (await AppendAsync(store)).Head.ShouldBe(1);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Read_ServerWasStopped_SaysSoAndWorksWhenItIsUp()
    {
        var store = await OpenAsync();
        await AppendAsync(store);
        await server.Server.StopAsync(cancellationToken: Cancellation);

        var head = await Should.ThrowAsync<StoreUnavailableException>(() => store.GetHeadAsync(Cancellation).AsTask());
        var heartbeat = await Should.ThrowAsync<StoreUnavailableException>(() => store.HeartbeatAsync(new("a", TimeSpan.FromSeconds(1)), Cancellation).AsTask());

        (head.IsTransient, heartbeat.IsTransient).ShouldBe((true, true));
        await server.Server.StartAgainAsync(Cancellation);
        (await store.GetHeadAsync(Cancellation)).ShouldBe(1);
    }

    [Fact(Timeout = HangLimit)]
    public async Task CommitAsync_ServerWasStopped_FailsAndIsDoneOnceWhenItIsUp()
    {
        var store = await OpenAsync();
        await AppendAsync(store);
        await server.Server.StopAsync(cancellationToken: Cancellation);
        var commit = new Commit { Id = Guid.CreateVersion7(), Appends = [new(Sample.Stream, 0, Sample.Messages(2))], Checkpoints = [new(_handler, 0, 1, 0)] };

        // The first learns on its way that the connection is dead, and the second that there is no other.
        await Should.ThrowAsync<ProteanException>(() => store.CommitAsync(commit, Cancellation).AsTask());
        var error = await Should.ThrowAsync<StoreUnavailableException>(() => store.CommitAsync(commit, Cancellation).AsTask());

        error.Message.ShouldContain("cannot be reached");
        await server.Server.StartAgainAsync(Cancellation);
        (await store.CommitAsync(commit, Cancellation)).AlreadyCommitted.ShouldBeFalse();
        (await LogAsync(store)).Select(static m => m.Position).ShouldBe([0L, 1, 2]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task WaitForAppendAsync_ServerStoppedMeanwhile_WakesWhenItIsUp()
    {
        var (waiter, other) = (await OpenAsync(), await OpenAsync(TimeSpan.FromSeconds(20)));
        var waiting = waiter.WaitForAppendAsync(0, Cancellation).AsTask();
        await server.Server.StopAsync(cancellationToken: Cancellation);
        await server.Server.StartAgainAsync(Cancellation);

        await AppendAsync(other);

        (await waiting).ShouldBe(1);
    }

    [Fact(Timeout = HangLimit)]
    public async Task CommitAsync_ServerCrashesUnderLoad_KeepsEachCommitOnce()
    {
        var store = await OpenAsync(TimeSpan.FromSeconds(20));
        var halfway = new Milestone(40);
        var writing = Enumerable.Range(0, 8).Select(n => WriteAsync(store, $"{n}", 20, halfway)).ToArray();
        await halfway.Reached.WaitAsync(Cancellation);

        await server.Server.StopAsync(StopMode.Immediate, Cancellation);
        await server.Server.StartAgainAsync(Cancellation);

        var acknowledged = (await Task.WhenAll(writing)).SelectMany(static ids => ids);
        (await LogAsync(store)).Select(static m => m.Id).Order().ShouldBe(acknowledged.Order());
        (await store.VerifyAsync([], Cancellation).ToListAsync(Cancellation)).ShouldBeEmpty();
    }

    [Theory(Timeout = HangLimit)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task CommitAsync_SessionsEndedByAnAdministrator_GoesOn(bool prepared)
    {
        var store = await OpenAsync(TimeSpan.FromSeconds(20), options => options.PreparedStatements = prepared);
        for (var n = 0; n < 10; n++)
            await AppendAsync(store);
        await Sql.RunAsync("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'protean'");

        for (var n = 0; n < 10; n++)
            await AppendAsync(store);

        (await store.GetHeadAsync(Cancellation)).ShouldBe(20);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Standby_TakesReadsAndNoWritesUntilItIsPromoted()
    {
        var store = await OpenAsync();
        var late = Make();
        await AppendAsync(store);
        await server.StartAsStandbyAsync(Cancellation);
        await Should.ThrowAsync<ProteanException>(() => AppendAsync(store));

        var commit = await Should.ThrowAsync<StoreUnavailableException>(() => AppendAsync(store));
        var heartbeat = await Should.ThrowAsync<StoreUnavailableException>(() => store.HeartbeatAsync(new("a", TimeSpan.FromSeconds(1)), Cancellation).AsTask());
        var initialize = await Should.ThrowAsync<StoreUnavailableException>(() => InitializeAsync(late));

        commit.Message.ShouldContain("standby");
        heartbeat.Message.ShouldContain("standby");
        initialize.Message.ShouldContain("connect to the primary");
        (await LogAsync(store)).ShouldHaveSingleItem();
        await Sql.RunAsync("select pg_promote()");
        await InitializeAsync(late);
        (await AppendAsync(store)).Head.ShouldBe(2);
    }

    /// <summary>Commits one after the other, each until it is acknowledged.</summary>
    private static async Task<List<Guid>> WriteAsync(PostgresEventStore store, string stream, int count, Milestone halfway)
    {
        var ids = new List<Guid>();
        for (var n = 0; n < count; n++)
        {
            var message = Sample.Message();
            var commit = new Commit { Id = Guid.CreateVersion7(), Appends = [new(Sample.StreamOf(stream), n - 1, [message])] };
            while (!await TryAsync(store, commit))
                await Task.Yield();
            ids.Add(message.Id);
            halfway.Pass();
        }

        return ids;
    }

    private static async Task<bool> TryAsync(PostgresEventStore store, Commit commit)
    {
        try
        {
            await store.CommitAsync(commit, Cancellation);
            return true;
        }
        catch (Exception error) when (error is StoreUnavailableException or CommitOutcomeUnknownException)
        {
            return false;
        }
    }

    private PostgresEventStore Make(TimeSpan? settle = null, Action<PostgresStoreOptions>? configure = null)
    {
        var options = new PostgresStoreOptions
        {
            ConnectionString = server.Server.ConnectionString(),
            Schema = _schema,
            PollInterval = TimeSpan.FromMilliseconds(100),
            SettleTimeout = settle ?? TimeSpan.FromMilliseconds(300),
        };
        configure?.Invoke(options);
        var store = new PostgresEventStore(options);
        _stores.Add(store);
        return store;
    }

    private async Task<PostgresEventStore> OpenAsync(TimeSpan? settle = null, Action<PostgresStoreOptions>? configure = null)
    {
        var store = Make(settle, configure);
        await InitializeAsync(store);
        return store;
    }

    private static Task InitializeAsync(PostgresEventStore store) => store.InitializeAsync(Sample.Definition, Cancellation).AsTask();

    private static Task<CommitResult> AppendAsync(PostgresEventStore store) =>
        store.CommitAsync(Commits.Append(Sample.Stream, ExpectedVersion.Any, Sample.Messages(1)), Cancellation).AsTask();

    private static async Task<IReadOnlyList<StoredMessage>> LogAsync(PostgresEventStore store) =>
        (await store.ReadLogAsync(new() { After = 0, MaxCount = int.MaxValue }, Cancellation)).Messages;

    /// <summary>Reached when so many have passed, whoever they are.</summary>
    private sealed class Milestone(int count)
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _passed;

        public Task Reached => _reached.Task;

        public void Pass()
        {
            if (Interlocked.Increment(ref _passed) == count)
                _reached.SetResult();
        }
    }
}
