using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Protean.Docs.Guides;
using Protean.Docs.Shop;
using Protean.Engine;
using Protean.Testing;
using Shouldly;
using Xunit;

namespace Protean.Docs.EventHandlers;

/// <summary>What the guide to event handlers says happens.</summary>
public sealed class EventHandlersTests
{
    private const int HangLimit = 60_000;

    private readonly Desk _desk = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Guide_ListsEveryOptionOfTheBuilders_AndNoOther()
    {
        Type[] builders =
        [
            typeof(HandlerBuilder<EventHandlerBuilder>), typeof(EventHandlerBuilder<EventHandlerBuilder>), typeof(EventHandlerBuilder), typeof(AggregateEventHandlerBuilder<Order>),
        ];
        var options = builders.SelectMany(b => b.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)).Select(m => m.Name).Distinct();

        Document.Read("docs/guides/event-handlers.md").Table("Every option").Select(row => row[0].Trim('`').TrimStart('.').Split('(')[0].Split('<')[0]).Distinct()
            .ShouldBe(options, ignoreOrder: true);
    }

    [Fact]
    public async Task SourceStream_OfCommands_LetsThroughWhatTheyHaveCaused()
    {
        await using var test = Shop(EventHandlersExample.Declare);
        await test.Domain.Repository<Inventory>().SaveAsync(Inventory.Count("dune", 100), Cancellation);

        await test.Domain.ProcessAsync(new PlaceOrder("o-1", "dune", 10), Cancellation);
        await test.Domain.ProcessAsync(new ShipOrder("o-1"), Cancellation);
        var byHand = Order.Place(new("o-2", "dune", 5));
        byHand.Ship();
        await test.Domain.Repository<Order>().SaveAsync(byHand, Cancellation);
        await test.DrainAsync(Cancellation);

        (await test.Domain.Repository<Inventory>().GetAsync("dune", Cancellation)).InStock.ShouldBe(90);
        _desk.Notes.Where(n => n.EndsWith("withdrawn", StringComparison.Ordinal)).ShouldBe(["10 of dune withdrawn"]);
        test.Failures.ShouldBeEmpty();
    }

    [Fact]
    public async Task SourceStream_OfEachRowOfTheTable_MatchesWhatItSays()
    {
        List<RecordingSubscriber> heard = [];
        await using var test = TestDomain.Create("shop", domain =>
        {
            domain.Aggregate<Order>().Raises<OrderShipped>();
            domain.Aggregate<Payment>().Raises<PaymentReceived>();
            domain.CommandHandler<Order>().StreamCategory("manage_order").On<ShipOrder>(c => c.OrderId, (order, _) => order.Ship());
            domain.EventHandler<Payment>().Named("ship-paid").On<PaymentReceived>(async (paid, context) =>
            {
                if (paid.ByCommand)
                    context.Enqueue(new ShipOrder(paid.OrderId));
                else
                    (await context.Repository<Order>().GetAsync(paid.OrderId)).Ship();
            });
            heard.Add(domain.AddRecorder("order", "manage_order", "by-command"));
            heard.Add(domain.AddRecorder("order", "payment", "by-payment"));
        });
        var orders = test.Domain.Repository<Order>();
        foreach (var id in new[] { "1", "2", "3" })
            await orders.SaveAsync(Order.Place(new(id, "dune", 1)), Cancellation);
        var byHand = Order.Place(new("4", "dune", 1));
        byHand.Ship();

        await test.Domain.ProcessAsync(new ShipOrder("1"), Cancellation);
        await test.Domain.Repository<Payment>().SaveAsync(Payment.Of("2", byCommand: true), Cancellation);
        await test.Domain.Repository<Payment>().SaveAsync(Payment.Of("3", byCommand: false), Cancellation);
        await orders.SaveAsync(byHand, Cancellation);
        await test.DrainAsync(Cancellation);

        heard[0].Of<OrderShipped>().Select(e => e.OrderId).Order().ShouldBe(["1", "2"]);
        heard[1].Of<OrderShipped>().Select(e => e.OrderId).Order().ShouldBe(["2", "3"]);
        test.Failures.ShouldBeEmpty();
    }

    [Fact]
    public async Task Any_InAClass_GetsWhatItHasNoMethodFor()
    {
        await using var test = Shop(EventHandlersExample.Declare);
        await test.Domain.Repository<Inventory>().SaveAsync(Inventory.Count("dune", 100), Cancellation);

        await test.Domain.ProcessAsync(new PlaceOrder("o-1", "dune", 10), Cancellation);
        await test.Domain.ProcessAsync(new ShipOrder("o-1"), Cancellation);
        await test.DrainAsync(Cancellation);

        _desk.Notes.Where(n => n.StartsWith("desk", StringComparison.Ordinal)).ShouldBe(["desk: o-1 is new", "desk: Shop.OrderShipped.v1"]);
        _desk.Notes.Where(n => n.StartsWith("journal", StringComparison.Ordinal)).ShouldBe(
        [
            "journal: Shop.StockCounted.v1 in shop::inventory", "journal: Shop.OrderPlaced.v1 in shop::order",
            "journal: Shop.OrderShipped.v1 in shop::order", "journal: Shop.StockWithdrawn.v1 in shop::inventory",
        ]);
    }

    [Fact]
    public async Task Modes_RunInTheirOrder()
    {
        await using var test = Shop(domain =>
        {
            domain.Aggregate<Order>();
            domain.CommandHandler<Order>().On<PlaceOrder>((command, context) => context.Repository<Order>().Add(Order.Place(command)));
            EventHandlersExample.Modes(domain);
        });

        await test.Domain.ProcessAsync(new PlaceOrder("o-1", "dune", 10), Cancellation);
        _desk.Notes.ShouldBe(["check", "receipt", "parcel"]);

        await test.DrainAsync(Cancellation);
        _desk.Notes.ShouldBe(["check", "receipt", "parcel", "report"]);
    }

    [Fact]
    public void Name_ThatIsNotGiven_IsThatOfTheAggregateOrTheClass()
    {
        using var names = new Named(domain =>
        {
            domain.Aggregate<Order>();
            domain.EventHandler<Order>().On<OrderPlaced>((_, _) => { });
            domain.EventHandler<Order>().Use<OrderDesk>();
        });

        names.Given.ShouldBe(["shop::order", "shop::OrderDesk"]);
        var error = Should.Throw<DomainConfigurationException>(() => new Named(domain =>
        {
            domain.Aggregate<Order>();
            domain.EventHandler<Order>().On<OrderPlaced>((_, _) => { });
            domain.EventHandler<Order>().On<OrderShipped>((_, _) => { });
        }));
        error.Message.ShouldContain("2 handlers are named 'order'");
    }

    [Fact(Timeout = HangLimit)]
    public async Task FormerlyNamed_TakesTheProgressOver()
    {
        var folder = Directory.CreateTempSubdirectory("event-handlers-");
        try
        {
            var file = Path.Combine(folder.FullName, "shop.db");
            await RunAsync(file, "o-1", domain => domain.EventHandler<Inventory>().Named("take-stock").StreamCategory<Order>().On<OrderPlaced>((e, _) => _desk.Note($"{e.OrderId} by its old name")));

            await RunAsync(file, "o-2", EventHandlersExample.Renamed);

            _desk.Notes.ShouldBe(["o-1 by its old name", "o-2 by its new name"]);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private TestDomain Shop(Action<DomainBuilder> declare) => TestDomain.Create("shop", domain =>
    {
        domain.Services.AddSingleton<IDesk>(_desk);
        declare(domain);
    });

    private async Task RunAsync(string file, string order, Action<DomainBuilder> declare)
    {
        await using var domain = Domain.Create("shop", builder =>
        {
            builder.Services.AddSingleton<IDesk>(_desk);
            builder.Aggregate<Order>();
            builder.Aggregate<Inventory>();
            declare(builder);
            builder.UseSqlite(file);
        });
        // Stored while nobody delivers: whoever does not know where the former one was would pass over it.
        await domain.Repository<Order>().SaveAsync(Order.Place(new(order, "dune", 1)), Cancellation);
        await using var engine = new DomainEngine(domain);
        await engine.StartAsync(Cancellation);
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        await engine.StopAsync(Cancellation);
    }

    private sealed record PaymentReceived(string OrderId, bool ByCommand) : IDomainEvent;

    private sealed class Payment : Aggregate
    {
        public static Payment Of(string order, bool byCommand)
        {
            var payment = new Payment { Id = order };
            payment.Raise(new PaymentReceived(order, byCommand));
            return payment;
        }
    }

    private sealed class Named : IDisposable
    {
        private readonly Domain _domain;

        public Named(Action<DomainBuilder> declare) => _domain = Domain.Create("shop", domain =>
        {
            domain.Services.AddSingleton<IDesk>(new Desk());
            declare(domain);
            domain.UseInMemory();
        });

        public IEnumerable<string> Given => _domain.Model.EventHandlers.Select(h => h.DurableName);

        public void Dispose() => _domain.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    private sealed class Desk : IDesk
    {
        private readonly ConcurrentQueue<string> _notes = new();

        public IReadOnlyList<string> Notes => [.. _notes];

        public void Note(string what) => _notes.Enqueue(what);
    }
}
