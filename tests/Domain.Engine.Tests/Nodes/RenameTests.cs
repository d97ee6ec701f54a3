using System.Collections.Concurrent;
using Protean.Engine;
using Protean.Storage;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Nodes;

/// <summary>A handler gets another name while programs that have the old one are still there.</summary>
public sealed class RenameTests : EngineTests
{
    private readonly ConcurrentQueue<(string Name, string Order)> _handled = new();
    private volatile string _broken = "";

    [Fact(Timeout = HangLimit)]
    public async Task OldVersion_ThatStartsAgain_BeginsNothing()
    {
        var (shop, first) = await StartAsync("a");
        await PlaceAsync(shop, 10);
        await first.WaitUntilCaughtUpAsync(Cancellation);
        await first.StopAsync(Cancellation);
        var (_, next) = await StartAsync("b", "a");
        await Until(() => Owned(next) == 2);
        _handled.Clear();

        var (_, again) = await StartAsync("a");
        await Until(() => again.Status.IsReady && again.Status.Subscriptions.Single().RenamedTo is not null);
        await PlaceAsync(shop, 5, n => $"p{n}");
        await again.WaitUntilCaughtUpAsync(Cancellation);

        // What contends for one inventory is called again after a conflict.
        _handled.Distinct().Order().ShouldBe(Enumerable.Range(1, 5).Select(n => ("b", $"p{n}")));
        (await shop.Repository<Inventory>().GetAsync("b1", Cancellation)).Withdrawals.ShouldBe(15);
        again.Status.Subscriptions.Single().ShouldSatisfyAllConditions(s => s.RenamedTo.ShouldBe("shop::b"), s => s.Partitions.ShouldBeEmpty());
        (await again.GetStatusAsync(Cancellation)).Subscriptions.Single().RenamedTo.ShouldBe("shop::b");
        Log.Lines.Count(l => l.Id == 2040).ShouldBe(1);
    }

    [Fact(Timeout = HangLimit)]
    public async Task OldVersion_ThatRunsMeanwhile_HandlesNothingMoreAndNothingTwice()
    {
        var (shop, first) = await StartAsync("a");
        await Until(() => Owned(first) == 2);
        var appending = Task.Run(() => PlaceAsync(shop, 300), Cancellation);
        await Until(() => _handled.Count > 50);

        var (_, next) = await StartAsync("b", "a");
        await Until(() => Owned(next) == 2 && first.Status.Subscriptions.Single().RenamedTo is not null);
        await appending;
        await next.WaitUntilCaughtUpAsync(Cancellation);
        await next.StopAsync(Cancellation);
        (await shop.Repository<Inventory>().GetAsync("b1", Cancellation)).Withdrawals.ShouldBe(300);
        _handled.Clear();

        await PlaceAsync(shop, 5, n => $"p{n}");
        await Until(() => Log.Lines.Any(l => l.Id == 2040));
        Owned(first).ShouldBe(0);
        _handled.ShouldBeEmpty();
        // The beat that has said so is settled a moment later.
        await Until(() => first.Status.IsReady);
    }

    [Fact(Timeout = HangLimit)]
    public async Task OldVersion_ThatTakesAPartitionInTheMomentOfTheRename_GetsNone()
    {
        TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource renamed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var old = Shop(domain =>
        {
            Withdrawing(domain, "a");
            domain.UseStore(_ => new SlowLeases(Store, asked, renamed.Task));
        });
        await PlaceAsync(old, 3);
        var first = await StartAsync(old);
        await asked.Task;
        var (shop, next) = await StartAsync("b", "a");
        await next.WaitUntilCaughtUpAsync(Cancellation);

        renamed.SetResult();
        await Until(() => first.Status.Subscriptions.Single().RenamedTo is not null);
        await PlaceAsync(shop, 3, n => $"p{n}");
        await next.WaitUntilCaughtUpAsync(Cancellation);

        (await Store.ListCheckpointsAsync("shop::a", Cancellation)).ShouldAllBe(c => c.Key.Partition < 0);
        (await shop.Repository<Inventory>().GetAsync("b1", Cancellation)).Withdrawals.ShouldBe(6);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Name_TakenBack_BringsTheProgressWithIt()
    {
        var (shop, first) = await StartAsync("a");
        await PlaceAsync(shop, 3);
        await first.WaitUntilCaughtUpAsync(Cancellation);
        await first.StopAsync(Cancellation);
        var (_, second) = await StartAsync("b", "a");
        await PlaceAsync(shop, 3, n => $"p{n}");
        await second.WaitUntilCaughtUpAsync(Cancellation);
        await second.StopAsync(Cancellation);

        var (_, third) = await StartAsync("a", "b");
        await Until(() => Owned(third) == 2);
        var (_, old) = await StartAsync("b", "a");
        await PlaceAsync(shop, 3, n => $"q{n}");
        await old.WaitUntilCaughtUpAsync(Cancellation);

        (await shop.Repository<Inventory>().GetAsync("b1", Cancellation)).Withdrawals.ShouldBe(9);
        _handled.Where(h => h.Order[0] == 'q').ShouldAllBe(h => h.Name == "a");
        await Until(() => old.Status.Subscriptions.Single().RenamedTo == "shop::a");
    }

    [Fact(Timeout = HangLimit)]
    public async Task Name_TakenBackWhileOthersHaveTheNewOne_WaitsForTheirEnd()
    {
        var (shop, first) = await StartAsync("a");
        await Until(() => Owned(first) == 2);
        await first.StopAsync(Cancellation);
        var (_, second) = await StartAsync("b", "a");
        await Until(() => Owned(second) == 2);

        var (_, third) = await StartAsync("a", "b");
        await Until(() => third.Status.IsReady);
        await PlaceAsync(shop, 4);
        await third.WaitUntilCaughtUpAsync(Cancellation);
        _handled.ShouldAllBe(h => h.Name == "b");

        await second.StopAsync(Cancellation);
        await Until(() => Owned(third) == 2);
        await PlaceAsync(shop, 4, n => $"p{n}");
        await third.WaitUntilCaughtUpAsync(Cancellation);
        _handled.Where(h => h.Order[0] == 'p').ShouldAllBe(h => h.Name == "a");
        (await shop.Repository<Inventory>().GetAsync("b1", Cancellation)).Withdrawals.ShouldBe(8);
        third.Status.Subscriptions.Single().RenamedTo.ShouldBeNull();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Name_TakenBackByAVersionThatHandlesMore_ComesBackAtOnce()
    {
        var (_, first) = await StartAsync("a");
        await Until(() => Owned(first) == 2);
        await first.StopAsync(Cancellation);
        var (_, second) = await StartAsync("b", "a");
        await Until(() => Owned(second) == 2);

        var more = Shop(domain => Withdrawing(domain, "a").FormerlyNamed("b").On<OrderShipped>((_, _) => { }));
        var third = await StartAsync(more, o => (o.Node, o.LeaseTime) = ("a formerly b", TimeSpan.FromSeconds(1)));

        await Until(() => Owned(third) == 2 && second.Status.Subscriptions.Single().RenamedTo == "shop::a");
    }

    [Theory(Timeout = HangLimit)]
    [InlineData("a", "b")]
    [InlineData("b", "a")]
    [InlineData("a")]
    public async Task Names_OneAfterTheOther_LeadToTheLast(params string[] former)
    {
        var (shop, first) = await StartAsync("a");
        await PlaceAsync(shop, 3);
        await first.WaitUntilCaughtUpAsync(Cancellation);
        var (_, second) = await StartAsync("b", "a");
        await PlaceAsync(shop, 3, n => $"p{n}");
        await second.WaitUntilCaughtUpAsync(Cancellation);
        await first.StopAsync(Cancellation);

        var (_, third) = await StartAsync("c", former);
        await PlaceAsync(shop, 3, n => $"q{n}");
        await third.WaitUntilCaughtUpAsync(Cancellation);
        var (_, again) = await StartAsync("a");
        await again.WaitUntilCaughtUpAsync(Cancellation);

        (await shop.Repository<Inventory>().GetAsync("b1", Cancellation)).Withdrawals.ShouldBe(9);
        await Until(() => Owned(third) == 2 && second.Status.Subscriptions.Single().RenamedTo == "shop::c");
        await Until(() => again.Status.Subscriptions.Single().RenamedTo == "shop::b");
        _handled.Where(h => h.Order[0] == 'q').ShouldNotContain(h => h.Name == "a");
    }

    [Fact(Timeout = HangLimit)]
    public async Task FormerName_WhoseProgressAnotherHandlerHas_IsNotTakenFromThat()
    {
        var (shop, first) = await StartAsync("a");
        await PlaceAsync(shop, 3);
        await first.WaitUntilCaughtUpAsync(Cancellation);
        await first.StopAsync(Cancellation);
        var (_, second) = await StartAsync("b", "a");
        await second.WaitUntilCaughtUpAsync(Cancellation);
        await second.StopAsync(Cancellation);
        _handled.Clear();

        var both = Shop(domain =>
        {
            Withdrawing(domain, "b");
            domain.EventHandler<Order>().Named("c").FormerlyNamed("a").StartFrom(StartFrom.Now).On<OrderPlaced>((_, _) => { });
        });
        var third = await StartAsync(both);
        await PlaceAsync(shop, 2, n => $"p{n}");
        await third.WaitUntilCaughtUpAsync(Cancellation);

        _handled.Distinct().Order().ShouldBe([("b", "p1"), ("b", "p2")]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Failures_FollowTheName()
    {
        _broken = "o2";
        var (shop, first) = await StartAsync("a");
        await PlaceAsync(shop, 3);
        await first.WaitUntilCaughtUpAsync(Cancellation);

        var (_, next) = await StartAsync("b", "a");
        await Until(() => Owned(next) == 2);
        (await next.DeadLetters.CountAsync(new() { Handler = "a" }, Cancellation)).ShouldBe(0);
        var dead = (await next.DeadLetters.ListAsync(new() { Handler = "b" }, Cancellation)).ShouldHaveSingleItem();
        _broken = "";
        _handled.Clear();
        (await next.DeadLetters.ReplayAsync(dead.Key, Cancellation)).ShouldBeTrue();

        await Until(async () => await next.DeadLetters.CountAsync(new() { Status = FailureStatus.Retrying }, Cancellation) == 0);
        _handled.ShouldBe([("b", "o2")]);
        (await shop.Repository<Inventory>().GetAsync("b1", Cancellation)).Withdrawals.ShouldBe(3);
    }

    private AggregateEventHandlerBuilder<Inventory> Withdrawing(DomainBuilder domain, string name) => domain.EventHandler<Inventory>()
        .Named(name)
        .StreamCategory<Order>()
        .Partitions(2)
        .Delivery(o => o.MaxRetries = 0)
        .RetryConflicts(1000, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(5))
        .On<OrderPlaced>(async (e, context) =>
        {
            if (e.OrderId == _broken)
                throw new InvalidOperationException("no");
            (await context.Repository<Inventory>().GetAsync(e.BookId, context.CancellationToken)).Withdraw(e.Quantity);
            _handled.Enqueue((name, e.OrderId));
        });

    private async Task<(Domain Shop, DomainEngine Engine)> StartAsync(string name, params string[] former)
    {
        var shop = Shop(domain =>
        {
            var handler = Withdrawing(domain, name);
            foreach (var before in former)
                handler.FormerlyNamed(before);
        });
        if (!await shop.Repository<Inventory>().ExistsAsync("b1", Cancellation))
            await shop.Repository<Inventory>().SaveAsync(Inventory.Of("b1", 1000), Cancellation);
        return (shop, await StartAsync(shop, o => (o.Node, o.LeaseTime) = ($"{name} {Guid.NewGuid():N}", TimeSpan.FromSeconds(1))));
    }
    /// <summary>A store that is slow to give a partition away.</summary>
    private sealed class SlowLeases(IEventStore store, TaskCompletionSource asked, Task renamed) : ReadThroughStore(store), IEventStore
    {
        async ValueTask<CommitResult> IEventStore.CommitAsync(Commit commit, CancellationToken cancellationToken)
        {
            if (commit.Leases.Count > 0)
            {
                asked.TrySetResult();
                await renamed;
            }

            return await Store.CommitAsync(commit, cancellationToken);
        }
    }
}
