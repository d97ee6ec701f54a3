using System.Collections.Concurrent;
using Protean.Engine;
using Protean.Storage;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Failures;

/// <summary>A handler that stops at failures stands still until somebody lets it go on.</summary>
public sealed class StopTests : FailingShop
{
    private readonly ConcurrentQueue<string> _called = new();
    private volatile bool _isBroken = true;

    [Fact(Timeout = HangLimit)]
    public async Task Failure_StopsThePartition_AndKeepsNothingOfTheMessage()
    {
        var shop = Desk(Declare);
        await PlaceAsync(shop, 3);

        var engine = await StartAsync(shop);
        var partition = await HaltedAsync(engine);

        partition.Position.ShouldBe(1);
        partition.Problem.ShouldNotBeNull().ShouldContain("Shop.OrderPlaced.v1");
        partition.Problem.ShouldContain("no o2");
        (await HasNoteAsync(shop, "before o1")).ShouldBeTrue();
        (await HasNoteAsync(shop, "before o2")).ShouldBeFalse();
        (await HasNoteAsync(shop, "told of o2")).ShouldBeTrue();
        (await RecordsAsync()).ShouldBeEmpty();
        var name = engine.Status.Subscriptions.Single().Name;
        (await Store.GetCheckpointAsync(new(name, 0), Cancellation)).ShouldNotBeNull().Position.ShouldBe(1);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Resume_HandlesTheMessageAgain_OnceAndNothingBesides()
    {
        var shop = Desk(Declare);
        await PlaceAsync(shop, 3);
        var engine = await StartAsync(shop);
        await HaltedAsync(engine);
        _isBroken = false;
        Time.Advance(RecoveryInterval);

        engine.Resume("stops").ShouldBe(1);
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        Time.Advance(RecoveryInterval);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        _called.ShouldBe(["o1", "o2", "o2", "o3"]);
        (await shop.Repository<Note>().GetAsync("before o2", Cancellation)).Times.ShouldBe(1);
        engine.Status.Subscriptions.Single().Partitions.Single().Problem.ShouldBeNull();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Outcome_ThatNobodyKnows_OfWhatTheErrorHandlerHasDone_IsSettledAndNotDoneAgain()
    {
        var told = 0;
        var store = new ForgetfulStore(Store);
        var shop = Desk(domain =>
        {
            domain.UseStore(_ => store);
            domain.EventHandler<Order>().Named("stops").OnFailure(FailurePolicy.Stop)
                .On<OrderPlaced>((_, _) => throw new InvalidOperationException("no"))
                .HandleError((_, _, context) => context.Repository<Note>().Add(Note.Of($"told {Interlocked.Increment(ref told)}")));
        });
        await PlaceAsync(shop, 1);
        store.Forgets = true;

        var engine = await StartAsync(shop);
        await PassUntil(() => engine.Status.Subscriptions.Single().Partitions.SingleOrDefault()?.State == PartitionState.Halted);

        store.Forgets.ShouldBeFalse();
        told.ShouldBe(1);
        (await HasNoteAsync(shop, "told 1")).ShouldBeTrue();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Resume_OfWhatStillFails_StopsAgainAndAgain()
    {
        var shop = Desk(Declare);
        await PlaceAsync(shop, 2);
        var engine = await StartAsync(shop);

        for (var calls = 2; calls <= 14; calls++)
        {
            await Until(() => _called.Count == calls);
            await HaltedAsync(engine);
            engine.Resume("stops").ShouldBe(1);
        }
    }

    [Fact(Timeout = HangLimit)]
    public async Task Restart_BeginsWithTheMessageThatFailed()
    {
        var shop = Desk(Declare);
        await PlaceAsync(shop, 2);
        var first = await StartAsync(shop);
        await HaltedAsync(first);
        await first.StopAsync(Cancellation);
        _isBroken = false;

        var second = await StartAsync(Desk(Declare));
        await second.WaitUntilCaughtUpAsync(Cancellation);

        _called.ShouldBe(["o1", "o2", "o2"]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Refusal_OfTheEffects_StopsThePartitionToo()
    {
        var shop = Desk(domain => domain.EventHandler<Order>().Named("stops").OnFailure(FailurePolicy.Stop)
            .On<OrderPlaced>((e, context) => context.Repository<Note>().Add(Note.Of(e.OrderId, e.OrderId == "o2" ? "taken" : null))));
        await shop.Repository<Note>().SaveAsync(Note.Of("taker", "taken"), Cancellation);
        await PlaceAsync(shop, 3);

        var engine = await StartAsync(shop);
        var partition = await HaltedAsync(engine);
        partition.Problem.ShouldNotBeNull().ShouldContain("unique");
        (await HasNoteAsync(shop, "o1")).ShouldBeTrue();
        (await HasNoteAsync(shop, "o3")).ShouldBeFalse();

        var taker = await shop.Repository<Note>().GetAsync("taker", Cancellation);
        taker.Text = "given back";
        await shop.Repository<Note>().SaveAsync(taker, Cancellation);
        engine.Resume("stops").ShouldBe(1);
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        (await HasNoteAsync(shop, "o2")).ShouldBeTrue();
        (await HasNoteAsync(shop, "o3")).ShouldBeTrue();
    }

    private static async Task<PartitionStatus> HaltedAsync(DomainEngine engine)
    {
        PartitionStatus? Partition() => engine.Status.Subscriptions.Single().Partitions.SingleOrDefault();
        await Until(() => Partition()?.State == PartitionState.Halted);
        return Partition()!;
    }

    private void Declare(DomainBuilder domain) => domain.EventHandler<Order>().Named("stops").OnFailure(FailurePolicy.Stop)
        .On<OrderPlaced>((e, context) => context.Repository<Note>().Add(Note.Of("before " + e.OrderId)))
        .On<OrderPlaced>((e, _) =>
        {
            _called.Enqueue(e.OrderId);
            if (_isBroken && e.OrderId == "o2")
                throw new InvalidOperationException("no " + e.OrderId);
        })
        .HandleError(async (_, message, context) =>
        {
            var id = "told of " + ((OrderPlaced)message.Payload).OrderId;
            if (!await context.Repository<Note>().ExistsAsync(id, context.CancellationToken))
                context.Repository<Note>().Add(Note.Of(id));
        });

    /// <summary>A store that takes a commit without progress and is lost before it can say so, once.</summary>
    private sealed class ForgetfulStore(IEventStore store) : ReadThroughStore(store), IEventStore
    {
        public volatile bool Forgets;

        async ValueTask<CommitResult> IEventStore.CommitAsync(Commit commit, CancellationToken cancellationToken)
        {
            var result = await Store.CommitAsync(commit, cancellationToken);
            if (!Forgets || commit.Documents.Count == 0)
                return result;
            Forgets = false;
            throw new CommitOutcomeUnknownException("test", commit.Id);
        }
    }
}
