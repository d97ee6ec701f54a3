using System.Collections.Concurrent;
using Protean.Engine;
using Protean.Storage;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Nodes;

/// <summary>What a handler's partitions are cut by is another thing in the next version.</summary>
public sealed class RecutTests : EngineTests
{
    private readonly ConcurrentQueue<(string Cut, string Book, string Order)> _handled = new();
    private volatile string _broken = "";
    private TaskCompletionSource? _held;

    public enum Cut
    {
        Stream,
        Book,
        Order,
        Named,
        StreamFormerlyNamed,
    }

    [Theory(Timeout = HangLimit)]
    [InlineData(Cut.Stream, Cut.Book)]
    [InlineData(Cut.Book, Cut.Order)]
    [InlineData(Cut.Book, Cut.Stream)]
    [InlineData(Cut.Named, Cut.StreamFormerlyNamed)]
    public async Task PartitionBy_ChangedWhileEventsArrive_LosesAndDoublesNone(Cut before, Cut after)
    {
        var (shop, first) = await StartAsync(before);
        var appending = Task.Run(() => PlaceManyAsync(shop, 300), Cancellation);
        await Until(() => _handled.Count > 50);

        var (_, second) = await StartAsync(after);
        await Until(() => Owned(first) == 0 && Owned(second) == 4);
        await appending;
        await second.WaitUntilCaughtUpAsync(Cancellation);
        await first.WaitUntilCaughtUpAsync(Cancellation);

        await AllIsDoneOnceAsync(shop, 300);
        await PlaceManyAsync(shop, 20, "p");
        await second.WaitUntilCaughtUpAsync(Cancellation);
        if (after == Cut.Book)
            ShouldBeInOrder(_handled.Where(h => h.Order[0] == 'p'));
    }

    [Theory(Timeout = HangLimit)]
    [InlineData(Cut.Stream, Cut.Book, 4)]
    [InlineData(Cut.Stream, Cut.Book, 3)]
    [InlineData(Cut.Book, Cut.Stream, 4)]
    [InlineData(Cut.Book, Cut.Order, 6)]
    [InlineData(Cut.Named, Cut.StreamFormerlyNamed, 4)]
    public async Task PartitionBy_ChangedWhenNobodyRuns_LosesAndDoublesNone(Cut before, Cut after, int partitions)
    {
        var shop = await StopAtDifferentPositionsAsync(before);

        var (_, second) = await StartAsync(after, partitions);
        await second.WaitUntilCaughtUpAsync(Cancellation);

        await AllIsDoneOnceAsync(shop, 40);
    }

    [Fact(Timeout = HangLimit)]
    public async Task PartitionBy_AKeyThatTheNextVersionDoesNotKnow_IsSaidAndTouchesNothing()
    {
        var shop = await StopAtDifferentPositionsAsync(Cut.Named);
        var done = _handled.Count;

        var (_, second) = await StartAsync(Cut.Stream);
        await Until(() => Log.Lines.Any(l => l.Id == 2037));
        Log.Lines.First(l => l.Id == 2037).Error!.Message.ShouldContain("FormerlyPartitionedBy");
        Owned(second).ShouldBe(0);
        _handled.Count.ShouldBe(done);
        await second.StopAsync(Cancellation);

        var (_, again) = await StartAsync(Cut.Named);
        await again.WaitUntilCaughtUpAsync(Cancellation);
        await AllIsDoneOnceAsync(shop, 40);
    }

    [Fact(Timeout = HangLimit)]
    public async Task OldVersion_ThatStartsAgainAndEnds_LeavesItToTheNewOne()
    {
        var (shop, first) = await StartAsync(Cut.Book);
        await Until(() => Owned(first) == 4);
        var (_, second) = await StartAsync(Cut.Stream);
        await Until(() => Owned(second) == 4);
        await first.StopAsync(Cancellation);
        var (_, again) = await StartAsync(Cut.Book);
        await Until(() => Owned(again) == 4 && Owned(second) == 0);
        await PlaceManyAsync(shop, 20);
        await again.WaitUntilCaughtUpAsync(Cancellation);

        await again.StopAsync(Cancellation);
        await Until(() => Owned(second) == 4);
        await PlaceManyAsync(shop, 20, "p");
        await second.WaitUntilCaughtUpAsync(Cancellation);

        await AllIsDoneOnceAsync(shop, 40);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Parked_ByTheirStream_WaitByTheirKeyAfterwards()
    {
        _broken = "o1";
        var (shop, first) = await StartAsync(Cut.Stream, onFailure: FailurePolicy.ParkStream);
        await PlaceAsync(shop, 1, _ => "o1");
        await ShipAsync(shop, "o1");
        await first.WaitUntilCaughtUpAsync(Cancellation);
        await first.StopAsync(Cancellation);

        var (_, second) = await StartAsync(Cut.Book, onFailure: FailurePolicy.ParkStream);
        await Until(() => Owned(second) == 4);
        // Of another stream, but of the book that waits.
        await PlaceAsync(shop, 1, _ => "o2");
        await second.WaitUntilCaughtUpAsync(Cancellation);
        _handled.ShouldBeEmpty();
        (await RecordsAsync()).Select(r => r.ParkKey).ShouldBe(["b1", "b1", "b1"]);

        _broken = "";
        (await second.DeadLetters.ReplayAllAsync(cancellationToken: Cancellation)).ShouldBe(1);
        await Until(async () => (await RecordsAsync()).Count == 0);
        _handled.Select(h => h.Order).ShouldBe(["o1", "o1 shipped", "o2"]);
    }

    [Fact]
    public void PartitionBy_WhatIsNoMember_IsRefusedUntilItHasAName()
    {
        Should.Throw<ArgumentException>(() => Shop(domain => domain.EventHandler<Order>().PartitionBy<OrderPlaced>(e => e.BookId + "/").On<OrderPlaced>((_, _) => { })))
            .Message.ShouldContain("PartitionBy<OrderPlaced>(key, \"name\")");

        Should.NotThrow(() => Shop(domain => domain.EventHandler<Order>().PartitionBy<OrderPlaced>(e => e.BookId + "/", "slashed").On<OrderPlaced>((_, _) => { })));
    }

    private static void ShouldBeInOrder(IEnumerable<(string Cut, string Book, string Order)> handled)
    {
        foreach (var book in handled.GroupBy(h => h.Book))
            book.Select(h => int.Parse(h.Order[1..], System.Globalization.CultureInfo.InvariantCulture)).ShouldBeInOrder();
    }

    private static async Task PlaceManyAsync(Domain shop, int count, string prefix = "o")
    {
        for (var n = 1; n <= count; n++)
            await PlaceAsync(shop, 1, _ => $"{prefix}{n}", $"b{n % 8}");
    }

    private static async Task ShipAsync(Domain shop, string id)
    {
        var order = await shop.Repository<Order>().GetAsync(id, Cancellation);
        order.Ship();
        await shop.Repository<Order>().SaveAsync(order, Cancellation);
    }

    private async Task<IReadOnlyList<FailureRecord>> RecordsAsync() => await Store.QueryFailuresAsync(new() { Take = 1000 }, Cancellation);

    /// <summary>What an order leaves can be left once only: a second time would be a failure.</summary>
    private async Task AllIsDoneOnceAsync(Domain shop, int count)
    {
        (await RecordsAsync()).ShouldBeEmpty();
        (await shop.Repository<Inventory>().CountAsync(cancellationToken: Cancellation)).ShouldBe(count);
    }

    /// <summary>Ends a program while one of its handlers hangs, so that one partition is far behind the others.</summary>
    private async Task<Domain> StopAtDifferentPositionsAsync(Cut cut)
    {
        _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var (shop, first) = await StartAsync(cut);
        await PlaceManyAsync(shop, 40);
        await Until(() => _held.Task.IsCompleted && first.Status.Subscriptions.Single().Partitions.Count(p => p.State == PartitionState.Idle && p.Lag == 0) == 3);
        await first.StopAsync(Cancellation);
        _held = null;
        (await shop.Repository<Inventory>().CountAsync(cancellationToken: Cancellation)).ShouldBeInRange(1, 39);
        return shop;
    }

    private async Task<(Domain Shop, DomainEngine Engine)> StartAsync(Cut cut, int partitions = 4, FailurePolicy onFailure = FailurePolicy.Skip)
    {
        var shop = Shop(domain =>
        {
            var handler = domain.EventHandler<Inventory>().Named("books").StreamCategory<Order>().Partitions(partitions).OnFailure(onFailure).Delivery(o => o.MaxRetries = 0)
                .On<OrderPlaced>((e, context) => HandleAsync(cut, e.BookId, e.OrderId, context))
                .On<OrderShipped>((e, context) => HandleAsync(cut, e.BookId, e.OrderId + " shipped", context));
            _ = cut switch
            {
                Cut.Book => handler.PartitionBy<OrderPlaced>(e => e.BookId).PartitionBy<OrderShipped>(e => e.BookId),
                Cut.Order => handler.PartitionBy<OrderPlaced>(e => e.OrderId).PartitionBy<OrderShipped>(e => e.OrderId),
                Cut.Named => handler.PartitionBy<OrderPlaced>(e => "book " + e.BookId, "shelf"),
                Cut.StreamFormerlyNamed => handler.FormerlyPartitionedBy<OrderPlaced>(e => "book " + e.BookId, "shelf"),
                _ => handler,
            };
        });
        return (shop, await StartAsync(shop, o => (o.Node, o.LeaseTime, o.DrainLimit) = ($"{cut} {Guid.NewGuid():N}", TimeSpan.FromSeconds(1), TimeSpan.Zero)));
    }

    private async Task HandleAsync(Cut cut, string book, string order, HandlerContext context)
    {
        if (order == _broken)
            throw new InvalidOperationException("no");
        if (order == "o5" && _held is { } held)
        {
            held.TrySetResult();
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
        }

        context.Repository<Inventory>().Add(Inventory.Of($"of {order}", 1));
        _handled.Enqueue((cut.ToString(), book, order));
    }
}
