using Protean.EventStore.Conformance;
using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.Tests.Storage;

/// <summary>What only the in-memory store promises.</summary>
public sealed class InMemoryEventStoreTests : IAsyncDisposable
{
    private readonly InMemoryEventStore _store = new();

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public void Name_SaysWhatItIs() => _store.Name.ShouldBe("in-memory");

    [Fact]
    public async Task Commit_WithTheUsersOwnSql_IsNotSupported()
    {
        var error = await Should.ThrowAsync<NotSupportedException>(
            () => _store.CommitAsync(new() { UserWork = [(_, _, _) => Task.CompletedTask] }, Cancellation).AsTask());

        error.Message.ShouldContain("in-memory");
    }

    [Fact]
    public void Calls_CompleteSynchronously()
    {
        _store.InitializeAsync(Sample.Definition, Cancellation).AsTask().IsCompletedSuccessfully.ShouldBeTrue();
        IsDone(_store.CommitAsync(Commits.Append(Sample.Stream, -1, Sample.Message()), Cancellation)).ShouldBeTrue();
        IsDone(_store.ReadStreamAsync(new() { Stream = Sample.Stream, MaxCount = 1 }, Cancellation)).ShouldBeTrue();
        IsDone(_store.ReadLogAsync(new() { After = 0, MaxCount = 1 }, Cancellation)).ShouldBeTrue();
        IsDone(_store.WaitForAppendAsync(0, Cancellation)).ShouldBeTrue();
    }

    [Fact]
    public void Commit_Refused_ReturnsATaskThatFailed()
    {
        var commit = _store.CommitAsync(Commits.Append(Sample.Stream, 5, Sample.Message()), Cancellation).AsTask();

        commit.IsFaulted.ShouldBeTrue();
    }

    [Fact]
    public async Task Commit_OneMessage_AllocatesLittleBesidesWhatIsStored()
    {
        const int Count = 10_000;
        var commits = Enumerable.Range(0, Count + 1).Select(n => Commits.Append(Sample.Stream, n - 1, Sample.Message())).ToArray();
        await _store.CommitAsync(commits[0], Cancellation);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var n = 1; n <= Count; n++)
            await _store.CommitAsync(commits[n], Cancellation);
        var each = (GC.GetAllocatedBytesForCurrentThread() - before) / Count;

        // A stored message, its position in the result, and the doubling of the lists and of the index it stands in.
        each.ShouldBeLessThan(600);
    }

    [Fact]
    public async Task ReadStream_LongStream_CopiesNothing()
    {
        await _store.CommitAsync(Commits.Append(Sample.Stream, -1, Sample.Messages(1_000)), Cancellation);
        var read = new StreamRead { Stream = Sample.Stream, MaxCount = int.MaxValue };
        await _store.ReadStreamAsync(read, Cancellation);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var page = await _store.ReadStreamAsync(read, Cancellation);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        page.Messages.Count.ShouldBe(1_000);
        allocated.ShouldBeLessThan(128);
    }

    [Fact]
    public async Task ReadStream_Page_CannotBeUsedToChangeTheStore()
    {
        await _store.CommitAsync(Commits.Append(Sample.Stream, -1, Sample.Messages(2)), Cancellation);

        var page = await _store.ReadStreamAsync(new() { Stream = Sample.Stream, MaxCount = 2 }, Cancellation);

        page.Messages.ShouldNotBeAssignableTo<IList<StoredMessage>>();
    }

    [Fact]
    public async Task Write_AttemptsThatGrowAfterwards_AreNotStored()
    {
        var attempts = new List<FailureAttempt> { new(Sample.Time, "T", "m", "d") };
        var record = Sample.Failure(new("handler", "Handle", 1)) with { Attempts = attempts };
        await _store.CommitAsync(Commits.Fail(record), Cancellation);

        attempts.Add(new(Sample.Time, "T", "m", "d"));

        (await _store.QueryFailuresAsync(new(), Cancellation)).ShouldHaveSingleItem().Attempts.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Initialize_WithAUniqueIndexThatDoesNotHold_IsRefusedAndChangesNothing()
    {
        await _store.InitializeAsync(Sample.Definition, Cancellation);
        await _store.CommitAsync(
            Commits.Write(Sample.Document("a", """{"name":"x"}""", collection: Sample.Views), Sample.Document("b", """{"name":"x"}""", collection: Sample.Views)), Cancellation);
        var definition = new StoreDefinition("shop", [new(Sample.Views, [new("unique_name", [["name"]], Unique: true)])]);

        var error = await Should.ThrowAsync<DuplicateValueException>(() => _store.InitializeAsync(definition, Cancellation).AsTask());

        error.Index.ShouldBe("unique_name");
        await _store.CommitAsync(Commits.Write(Sample.Document("c", """{"name":"x"}""", collection: Sample.Views)), Cancellation);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    public async Task PurgeKeys_CommitIds_GoByTheStoresClock(int secondsLater, int expected)
    {
        var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var store = new InMemoryEventStore(new FixedClock(now));
        await store.CommitAsync(new() { Id = Guid.CreateVersion7() }, Cancellation);

        (await store.PurgeKeysAsync(now.AddSeconds(secondsLater), Cancellation)).ShouldBe(expected);
    }

    [Fact]
    public async Task Heartbeat_LongestLifetime_LivesToTheEndOfTime()
    {
        var nodes = await _store.HeartbeatAsync(new("a", TimeSpan.MaxValue), Cancellation);

        nodes.ShouldHaveSingleItem().AliveUntil.ShouldBe(DateTimeOffset.MaxValue);
    }

    [Fact]
    public async Task Wait_CancelledOrEnded_LeavesNobodyWaiting()
    {
        var signal = new AppendSignal(typeof(InMemoryEventStore));
        using var cancellation = new CancellationTokenSource();
        var cancelled = signal.WaitAsync(0, cancellation.Token).AsTask();
        var ended = signal.WaitAsync(0, Cancellation).AsTask();
        var staying = signal.WaitAsync(9, Cancellation).AsTask();
        signal.Waiting.ShouldBe(3);

        await cancellation.CancelAsync();
        signal.Waiting.ShouldBe(2);
        signal.Advance(1);

        signal.Waiting.ShouldBe(1);
        await Should.ThrowAsync<OperationCanceledException>(() => cancelled);
        (await ended).ShouldBe(1);
        staying.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task Wait_HeadsThatArriveOutOfOrder_NeverGoBack()
    {
        var signal = new AppendSignal(typeof(InMemoryEventStore));

        signal.Advance(5);
        signal.Advance(3);

        (await signal.WaitAsync(4, Cancellation)).ShouldBe(5);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static bool IsDone<TResult>(ValueTask<TResult> call) => call.IsCompletedSuccessfully;

    private sealed class FixedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
