using Protean.EventStore.Conformance;
using Protean.EventStore.Tests.Conformance;
using Protean.EventStore.Tests.Stores;
using Protean.EventStore.TestServer;
using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Tests.Writing;

/// <summary>The server cannot be asked what became of a batch: each caller is told so, and the store works again when the server is back.</summary>
public sealed class UnknownOutcomeTests(ConformanceDatabase database) : ProxiedTests(database)
{
    private static readonly TimeSpan _settle = TimeSpan.FromMilliseconds(300);

    [Fact(Timeout = HangLimit)]
    public async Task CommitAsync_ServerLostForLong_IsUnknown()
    {
        var (_, commits) = await LoseAsync(new Commit[] { Shape.MixedWithId.Commit() });

        var error = await Should.ThrowAsync<CommitOutcomeUnknownException>(() => commits[0].Committing);

        error.CommitId.ShouldBe(commits[0].Commit.Id);
    }

    [Fact(Timeout = HangLimit)]
    public async Task CommitAsync_ServerLostForLong_IsUnknownToEachMemberOfTheBatchByItsOwnId()
    {
        var (_, commits) = await LoseAsync([.. Enumerable.Range(0, 4).Select(n => new Commit { Id = Guid.CreateVersion7(), Appends = [new(Sample.StreamOf($"{n}"), ExpectedVersion.NoStream, Sample.Messages(1))] })]);

        foreach (var (commit, committing) in commits)
            (await Should.ThrowAsync<CommitOutcomeUnknownException>(() => committing)).CommitId.ShouldBe(commit.Id);
    }

    [Fact(Timeout = HangLimit)]
    public async Task CommitAsync_UserWorkAndServerLostForLong_IsUnknown()
    {
        var store = await OpenProxiedAsync(_settle);
        BatchRule.OnBatch(Proxy, static _ => ProxyAction.CutAfter(), thenRefuse: true);

        await Should.ThrowAsync<CommitOutcomeUnknownException>(() => store.CommitAsync(new() { UserWork = [UserWork.Of("select 1")] }, Cancellation).AsTask());
    }

    [Fact(Timeout = HangLimit)]
    public async Task CommitAsync_ServerBackAfterAnUnknownOutcome_Works()
    {
        var (store, commits) = await LoseAsync([Shape.Messages.Commit()]);
        await Should.ThrowAsync<CommitOutcomeUnknownException>(() => commits[0].Committing);

        Proxy.Refuse = false;

        (await store.CommitAsync(Commits.Append(Sample.StreamOf("after"), ExpectedVersion.NoStream, Sample.Message()), Cancellation)).StreamPositions.ShouldBe([0L]);
    }

    [Theory(Timeout = HangLimit)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task CommitAsync_RepeatedWithItsIdAfterAnUnknownOutcome_HappensOnce(bool arrived)
    {
        var (store, commits) = await LoseAsync([Shape.MixedWithId.Commit()], arrived);
        await Should.ThrowAsync<CommitOutcomeUnknownException>(() => commits[0].Committing);
        Proxy.Refuse = false;

        var result = await store.CommitAsync(commits[0].Commit, Cancellation);

        result.AlreadyCommitted.ShouldBe(arrived);
        result.StreamPositions.ShouldBe([0L]);
        (await Sql.StoredAsync(Schema)).ShouldBe(Shape.MixedWithId.Expected());
    }

    /// <summary>Loses a batch of some commits, and the server with it.</summary>
    private async Task<(PostgresEventStore Store, (Commit Commit, Task<CommitResult> Committing)[] Commits)> LoseAsync(Commit[] commits, bool arrives = true)
    {
        var store = await OpenProxiedAsync(_settle);
        BatchRule.OnBatch(Proxy, _ => arrives ? ProxyAction.CutAfter() : ProxyAction.CutBefore(), number: 2, thenRefuse: true);
        await using var held = await HoldAppendLockAsync();
        var lead = store.CommitAsync(Commits.Move(new("lead"), 0, 1), Cancellation).AsTask();
        await UntilWaitingForLockAsync(1);
        var committing = commits.Select(commit => (commit, store.CommitAsync(commit, Cancellation).AsTask())).ToArray();
        await held.ReleaseAsync();
        await lead;
        await Task.WhenAny(committing.Select(c => c.Item2)).WaitAsync(Cancellation);
        // The server has the batch, if it has arrived, and is done with it before anybody asks.
        await Sql.UntilAsync($"not exists (select from pg_stat_activity where datname = current_database() and application_name = 'protean' and state = 'active')");
        return (store, committing);
    }
}
