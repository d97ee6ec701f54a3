using System.Collections.Concurrent;
using Protean.Storage;
using Protean.Tests.Failures;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Stores;

/// <summary>Repetitions within the handler, processes and projections: sections F and J of the acceptance scenarios.</summary>
public abstract class ScenarioFJSuite(IShopStore stores) : FailingShop(stores)
{
    private readonly ConcurrentQueue<string> _handled = new();
    private int _calls;

    [Fact(Timeout = HangLimit)]
    public async Task Scenario_F49_TransientErrors_AreNotRepeatedByDefault() =>
        await CalledAsync(1, 1, _ => new TimeoutException(), handler => handler);

    [Fact(Timeout = HangLimit)]
    public async Task Scenario_F49_TwoTimeoutsThenSuccess_AreThreeInvocations() =>
        await CalledAsync(3, 0, call => call <= 2 ? new TimeoutException() : null, handler => handler.RetryTransient(2, TimeSpan.Zero));

    [Fact(Timeout = HangLimit)]
    public async Task Scenario_F49_AThirdTimeout_Propagates() =>
        await CalledAsync(3, 1, _ => new TimeoutException(), handler => handler.RetryTransient(2, TimeSpan.Zero));

    [Fact(Timeout = HangLimit)]
    public async Task Scenario_F49_AnErrorThatIsNotInTheList_PropagatesAtOnce() =>
        await CalledAsync(1, 1, _ => new TimeoutException(), handler => handler.RetryTransient(2, TimeSpan.Zero, typeof(NotSupportedException)));

    [Fact(Timeout = HangLimit)]
    public async Task Scenario_F49_NoneOnTheHandler_IsNoneWhateverHoldsForAll() =>
        await CalledAsync(1, 1, _ => new TimeoutException(), handler => handler.RetryTransient(0), forAll: 5);

    [Fact(Timeout = HangLimit)]
    public async Task Scenario_F49_ConflictsAndTransientErrors_AreCountedEachForItself() =>
        // Two conflicts within each of two tries that end with a timeout, then success.
        await CalledAsync(
            7, 0, call => call is 3 or 6 ? new TimeoutException() : call < 6 ? new ConcurrencyException("stock", 1, 2) : null,
            handler => handler.RetryConflicts(2, TimeSpan.Zero).RetryTransient(2, TimeSpan.Zero));

    [Fact(Timeout = HangLimit)]
    public async Task Scenario_F51_ADelayOfOneHandler_DelaysNoOther()
    {
        var shop = Desk(domain =>
        {
            domain.EventHandler<Order>().Named("slow").RetryTransient(1, TimeSpan.FromHours(1)).On<OrderPlaced>((_, _) =>
            {
                if (Interlocked.Increment(ref _calls) == 1)
                    throw new TimeoutException();
            });
            domain.EventHandler<Order>().Named("quick").On<OrderPlaced>((e, _) => _handled.Enqueue(e.OrderId));
        });
        await PlaceAsync(shop, 5);
        var engine = await StartAsync(shop);

        // No time passes: the clock stands still.
        await Until(() => _handled.Count == 5);
        await Until(() => Volatile.Read(ref _calls) == 1);

        await PassUntil(() => Volatile.Read(ref _calls) == 6);
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        (await RecordsAsync()).ShouldBeEmpty();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Scenario_J72_AProcess_IsBegunByItsFirstEventAndEndsWithItsLast()
    {
        var shop = Desk(domain =>
        {
            domain.Aggregate<Dispatch>();
            domain.EventHandler<Dispatch>().StreamCategory<Order>().StartFrom(StartFrom.Position(2))
                .On<OrderPlaced>((e, context) => context.Repository<Dispatch>().Add(Dispatch.Begin(e.OrderId)))
                .On<OrderShipped>(async (e, context) => (await context.Repository<Dispatch>().FindAsync(e.OrderId, context.CancellationToken))?.Parcel());
        });
        // One that was placed before there were processes has none.
        await PlaceAsync(shop, 1, _ => "old");
        await PlaceAsync(shop, 1);
        await ShipAsync(shop, "old", 1);
        // The second ends it, and the third comes too late.
        await ShipAsync(shop, "o1", 3);

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        var log = await Store.ReadLogAsync(new() { After = 0, MaxCount = 100, Categories = ["shop::dispatch"] }, Cancellation);
        log.Messages.Select(m => (m.Stream.Value, m.Position, m.Type)).ShouldBe(
        [
            ("shop::dispatch-o1", 0L, "Shop.DispatchBegun.v1"),
            ("shop::dispatch-o1", 1L, "Shop.ParcelSent.v1"),
            ("shop::dispatch-o1", 2L, "Shop.ParcelSent.v1"),
        ]);
        log.Messages.Select(m => m.Metadata.CausationId).Distinct().Count().ShouldBe(3);
        (await RecordsAsync()).ShouldBeEmpty();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Scenario_J73_AnEventWhoseEffectsWereTakenButNotAcknowledged_IsAppliedOnce()
    {
        var isLost = false;
        var shop = await SalesAsync(after: commit =>
        {
            if (!isLost && commit.Checkpoints.Any(c => c.Position == 2))
            {
                isLost = true;
                throw new CommitOutcomeUnknownException("test", commit.Id ?? Guid.Empty, null);
            }
        });

        isLost.ShouldBeTrue();
        (await shop.View<BookSales>().GetAsync("b1", Cancellation)).ShouldNotBeNull().Orders.ShouldBe(["o1", "o2", "o3"]);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Scenario_J73_AnEventWhoseEffectsWereNotTaken_IsAppliedOnceWithItsMarker()
    {
        var isLost = false;
        var shop = await SalesAsync(before: commit =>
        {
            if (!isLost && commit.Checkpoints.Any(c => c.Position == 2))
            {
                isLost = true;
                throw new CommitOutcomeUnknownException("test", commit.Id ?? Guid.Empty, null);
            }
        });

        isLost.ShouldBeTrue();
        (await shop.View<BookSales>().GetAsync("b1", Cancellation)).ShouldNotBeNull().Orders.ShouldBe(["o1", "o2", "o3"]);
    }

    private static async Task ShipAsync(Domain shop, string id, int times)
    {
        for (var n = 0; n < times; n++)
        {
            var order = await shop.Repository<Order>().GetAsync(id, Cancellation);
            order.Ship();
            await shop.Repository<Order>().SaveAsync(order, Cancellation);
        }
    }

    /// <summary>Three events are applied to a projection, each in a commit of its own.</summary>
    private async Task<Domain> SalesAsync(Action<Commit>? before = null, Action<Commit>? after = null)
    {
        await PlaceAsync(Shop(domain => domain.Event<OrderPlaced>()), 3);
        var shop = Shop(
            domain => domain.Projection<BookSales>().From<Order>().Delivery(o => o.MessagesPerCommit = 1)
                .On<OrderPlaced>(e => e.BookId, (view, e) => view with { Orders = [.. view.Orders, e.OrderId] }),
            stores =>
            {
                var guard = new GuardedStore(stores.Open());
                guard.Before = before ?? guard.Before;
                guard.After = after ?? guard.After;
                return guard;
            });
        var engine = await StartAsync(shop);
        var caughtUp = engine.WaitUntilCaughtUpAsync(3, Cancellation);
        await PassUntil(() => caughtUp.IsCompleted);
        await caughtUp;
        return shop;
    }

    /// <summary>One order is handled by a handler that throws what a test says.</summary>
    private async Task CalledAsync(
        int calls, int records, Func<int, Exception?> error, Func<AggregateEventHandlerBuilder<Order>, AggregateEventHandlerBuilder<Order>> declare, int? forAll = null)
    {
        var shop = Desk(domain => declare(domain.EventHandler<Order>()).On<OrderPlaced>((_, context) =>
        {
            var call = Interlocked.Increment(ref _calls);
            context.Repository<Note>().Add(Note.Of($"call {call}"));
            if (error(call) is { } thrown)
                throw thrown;
        }));
        await PlaceAsync(shop, 1);

        var engine = await StartAsync(shop, o => o.Server.TransientRetries = forAll);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        _calls.ShouldBe(calls);
        (await RecordsAsync()).Count.ShouldBe(records);
        for (var call = 1; call <= calls; call++)
            (await HasNoteAsync(shop, $"call {call}")).ShouldBe(call == calls && records == 0);
    }
}

public sealed record DispatchBegun(string OrderId) : IDomainEvent;

public sealed record ParcelSent(string OrderId) : IDomainEvent;

/// <summary>A process: an order goes out in two parcels.</summary>
public sealed class Dispatch : EventSourcedAggregate
{
    private int _parcels;

    public static Dispatch Begin(string order)
    {
        var dispatch = new Dispatch { Id = order };
        dispatch.Raise(new DispatchBegun(order));
        return dispatch;
    }

    public void Parcel()
    {
        if (_parcels < 2)
            Raise(new ParcelSent(Id));
    }

    void Apply(DispatchBegun e) => _parcels = 0;

    void Apply(ParcelSent e) => _parcels++;
}
