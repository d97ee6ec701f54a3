using System.Text.Json.Nodes;
using Protean.Tests.Model;
using Shouldly;
using Xunit;

namespace Protean.Tests.Messages;

/// <summary>What is recorded beside the domain events, in the same commit.</summary>
public sealed class FactAndNotificationTests : IAsyncDisposable
{
    private readonly Domain _domain = Domain.Create("Test", d =>
    {
        d.Aggregate<Stock>().Raises<Counted>().Raises<StockChanged>().RecordFacts();
        d.Aggregate<Till>().Raises<TillClosed>().RecordFacts();
        d.UseInMemory();
        d.UseInMemoryBroker();
    });

    private IRepository<Stock> Stocks => _domain.Repository<Stock>();

    [Fact]
    public async Task RecordFacts_OfAStoredState_RecordsTheWholeStateAfterTheCommit()
    {
        await Stocks.SaveAsync(Stock.Of("s", 3, 5));

        var fact = (await _domain.StreamAsync("test::stock:fact-s")).Single();
        (fact.Type, fact.Kind).ShouldBe(("Test.StockFact.v1", MessageKind.Fact));
        JsonNode.Parse(fact.Body.Span)!["state"]!["quantity"]!.GetValue<int>().ShouldBe(5);
    }

    [Fact]
    public async Task RecordFacts_OfEachCommit_RecordsOneFact()
    {
        var stock = Stock.Of("s", 3, 5);
        await Stocks.SaveAsync(stock);
        stock.Count(7);
        await Stocks.SaveAsync(stock);

        (await FactsAsync("test::stock:fact-s")).Cast<Fact<Stock>>().Select(f => f.State.Quantity).ShouldBe([5, 7]);
    }

    [Fact]
    public async Task RecordFacts_OfACommitWithoutAnEvent_RecordsAFact()
    {
        var stock = Stock.Of("s", 3);
        await Stocks.SaveAsync(stock);
        stock.Label = "x";
        await Stocks.SaveAsync(stock);

        (await _domain.StreamAsync("test::stock:fact-s")).Count.ShouldBe(2);
    }

    [Fact]
    public async Task RecordFacts_OfAnEventSourcedAggregate_RecordsTheFoldedState()
    {
        await _domain.Repository<Till>().SaveAsync(Till.Closed("t", 12));

        ((Fact<Till>)(await FactsAsync("test::till:fact-t")).Single()!).State.Cash.ShouldBe(12);
    }

    [Fact]
    public async Task RecordFacts_LeavesTheStreamOfTheAggregateToItsEvents()
    {
        var till = Till.Closed("t", 12);
        await _domain.Repository<Till>().SaveAsync(till);

        till.Version.ShouldBe(0);
        (await _domain.StreamAsync("test::till-t")).Single().Kind.ShouldBe(MessageKind.Event);
    }

    [Fact]
    public async Task RemoveAsync_OfAnAggregateWithFacts_RecordsNone()
    {
        var stock = Stock.Of("s", 3);
        await Stocks.SaveAsync(stock);
        await Stocks.RemoveAsync(stock);

        (await _domain.StreamAsync("test::stock:fact-s")).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Raise_OfNotifications_RecordsThemInAStreamOfTheirOwnInOrder()
    {
        await Stocks.SaveAsync(Stock.Of("s", 3, 5, 7));

        var notifications = await _domain.StreamAsync("test::stock:notification-s");
        notifications.Select(m => m.Kind).Distinct().ShouldBe([MessageKind.Notification]);
        notifications.Select(m => _domain.Read(m)).ShouldBe([new StockChanged(3), new StockChanged(5), new StockChanged(7)]);
    }

    [Fact]
    public async Task Raise_OfNotifications_KeepsThemOutOfTheAggregatesStream()
    {
        await Stocks.SaveAsync(Stock.Of("s", 3));

        (await _domain.StreamAsync("test::stock-s")).Select(m => m.Type).ShouldBe(["Test.Counted.v1"]);
    }

    [Fact]
    public async Task Notify_OutsideOfAnAggregate_RecordsInTheDomainsStream()
    {
        var unit = _domain.BeginUnitOfWork();
        unit.Notify(new StockChanged(1));
        unit.Notify(new StockChanged(2));
        await unit.CommitAsync();

        (await _domain.LogAsync()).Select(m => (m.Stream.Category, m.Kind)).Distinct().ShouldBe([("test::notification", MessageKind.Notification)]);
    }

    [Fact]
    public async Task SaveAsync_ThatIsRefused_RecordsNeitherEventNorNotificationNorFact()
    {
        await Stocks.SaveAsync(Stock.Of("s", 3));
        var before = await _domain.SnapshotAsync("test::stock", "s");

        await Should.ThrowAsync<ConcurrencyException>(async () => await Stocks.SaveAsync(Stock.Of("s", 9)));

        (await _domain.SnapshotAsync("test::stock", "s")).ShouldBe(before);
    }

    public ValueTask DisposeAsync() => _domain.DisposeAsync();

    private async Task<IEnumerable<object?>> FactsAsync(string stream) => (await _domain.StreamAsync(stream)).Select(_domain.Read);

    public sealed record Counted(int Quantity) : IDomainEvent;

    public sealed record StockChanged(int Quantity) : INotificationEvent;

    public sealed record TillClosed(int Cash) : IDomainEvent;

    public sealed class Stock : Aggregate
    {
        public int Quantity { get; private set; }

        public string Label { get; set; } = "";

        public static Stock Of(string id, params int[] counts)
        {
            var stock = new Stock { Id = id };
            foreach (var count in counts)
                stock.Count(count);
            return stock;
        }

        public void Count(int quantity)
        {
            Quantity = quantity;
            Raise(new Counted(quantity));
            Raise(new StockChanged(quantity));
        }
    }

    public sealed class Till : EventSourcedAggregate
    {
        public int Cash { get; private set; }

        public static Till Closed(string id, int cash)
        {
            var till = new Till { Id = id };
            till.Raise(new TillClosed(cash));
            return till;
        }

        void Apply(TillClosed e) => Cash = e.Cash;
    }
}
