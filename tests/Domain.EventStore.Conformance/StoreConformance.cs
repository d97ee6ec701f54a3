using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Conformance;

/// <summary>One empty store for each test, and the short words that the tests are written in.</summary>
public abstract class StoreConformance(IStoreHarness harness) : IAsyncLifetime
{
    protected const int Everything = int.MaxValue;

    /// <summary>Milliseconds after which a test that waits for a broken store gives up, so that it fails and does not hang.</summary>
    protected const int HangLimit = 60_000;

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    protected IEventStore Store { get; private set; } = null!;

    protected virtual StoreDefinition Definition => Sample.Definition;

    public async ValueTask InitializeAsync() => Store = await harness.CreateAsync(Definition, Cancellation);

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        await harness.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected Task AdvanceClockAsync(TimeSpan span) => harness.AdvanceClockAsync(span, Cancellation);

    protected async Task<CommitResult> CommitAsync(Commit commit) => await Store.CommitAsync(commit, Cancellation);

    protected Task<CommitResult> AppendAsync(StreamName stream, params NewMessage[] messages) =>
        CommitAsync(Commits.Append(stream, ExpectedVersion.Any, messages));

    protected Task<CommitResult> AppendAsync(StreamName stream, int count) => AppendAsync(stream, Sample.Messages(count));

    protected Task<CommitResult> WriteAsync(params DocumentWrite[] documents) => CommitAsync(Commits.Write(documents));

    /// <summary>Expects that a commit is refused, with exactly this exception.</summary>
    protected Task<TException> RefusedAsync<TException>(Commit commit)
        where TException : Exception =>
        Assert.ThrowsAsync<TException>(async () => await Store.CommitAsync(commit, Cancellation));

    /// <summary>Tries a commit.</summary>
    /// <returns>What it failed with, if it did.</returns>
    protected async Task<Exception?> OutcomeAsync(Commit commit) => await Record.ExceptionAsync(() => CommitAsync(commit));

    /// <summary>Expects that a call is refused for what was handed in.</summary>
    protected static Task<ArgumentException> InvalidAsync<TResult>(Func<ValueTask<TResult>> call) =>
        Assert.ThrowsAnyAsync<ArgumentException>(async () => await call());

    protected Task<ArgumentException> InvalidAsync(Commit commit) => InvalidAsync(() => Store.CommitAsync(commit, Cancellation));

    protected async Task<StreamPage> ReadAsync(StreamName stream, long from = 0, int maxCount = Everything, bool backwards = false) =>
        await Store.ReadStreamAsync(new() { Stream = stream, From = from, MaxCount = maxCount, Backwards = backwards }, Cancellation);

    protected async Task<LogPage> ReadLogAsync(LogRead? read = null) =>
        await Store.ReadLogAsync(read ?? new() { After = 0, MaxCount = Everything }, Cancellation);

    /// <summary>Reads page after page, each after what the one before has scanned, to the end.</summary>
    protected static async Task<List<StoredMessage>> ReadPagesAsync(Func<long, Task<LogPage>> read)
    {
        var found = new List<StoredMessage>();
        var page = new LogPage([], 0, long.MaxValue);
        while (page.ScannedTo < page.Head)
        {
            var next = await read(page.ScannedTo);
            next.ScannedTo.ShouldBeGreaterThan(page.ScannedTo, "every page must get on");
            found.AddRange(next.Messages);
            page = next;
        }

        return found;
    }

    protected async Task<long> HeadAsync() => await Store.GetHeadAsync(Cancellation);

    protected async Task<StoredDocument?> LoadAsync(string key, string collection = Sample.Carts, long? generation = null) =>
        await Store.LoadDocumentAsync(new(collection, key, generation), Cancellation);

    protected async Task<Checkpoint?> CheckpointAsync(CheckpointKey key) => await Store.GetCheckpointAsync(key, Cancellation);
}
