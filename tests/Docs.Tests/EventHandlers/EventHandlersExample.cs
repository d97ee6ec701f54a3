using Microsoft.Extensions.DependencyInjection;
using Protean.Docs.Shop;

namespace Protean.Docs.EventHandlers;

/// <summary>What the guide to event handlers declares.</summary>
internal static class EventHandlersExample
{
    public static void Declare(DomainBuilder domain)
    {
        domain.Aggregate<Order>();
        domain.Aggregate<Inventory>().Raises<StockCounted>();

        domain.CommandHandler<Order>()
            .StreamCategory("manage_order")                          // its commands stand in manage_order:command
            .On<PlaceOrder>((command, context) => context.Repository<Order>().Add(Order.Place(command)))
            .On<ShipOrder>(c => c.OrderId, (order, _) => order.Ship());

        domain.EventHandler<Inventory>()                             // part_of Inventory ...
            .Named("withdraw-shipped-stock")                         // ... the durable name its progress is kept under
            .StreamCategory<Order>()                                 // ... listening to Order's events
            .SourceStream("manage_order")                            // ... that a command of this category has caused
            .On<OrderShipped>(e => e.BookId, (inventory, e) => inventory.Withdraw(e.Quantity));

        domain.EventHandler<Inventory>().Named("watch-stock")        // no StreamCategory: Inventory's own events
            .On<StockWithdrawn>((e, context) => DeskOf(context).Note($"{e.Quantity} of {e.BookId} withdrawn"));

        domain.EventHandler().Named("journal").StreamCategory("$all") // everything that is delivered, of every category
            .OnAny((message, context) => DeskOf(context).Note($"journal: {message.Type} in {message.Stream.Category}"));

        domain.EventHandler<Order>().Use<OrderDesk>();               // the class form; named OrderDesk
    }

    public static void Modes(DomainBuilder domain)
    {
        domain.EventHandler<Order>().Named("check").InSameCommit()   // before the commit; its failure undoes it
            .On<OrderPlaced>((_, context) => DeskOf(context).Note("check"));
        domain.EventHandler<Order>().Named("receipt").Inline()       // after the commit, before the caller goes on; at most once
            .On<OrderPlaced>((_, context) => DeskOf(context).Note("receipt"));
        domain.EventHandler<Order>().Named("parcel").Durable()       // the same, with the Engine behind it
            .On<OrderPlaced>((_, context) => DeskOf(context).Note("parcel"));
        domain.EventHandler<Order>().Named("report").InEngine()      // later, from the log; the default
            .On<OrderPlaced>((_, context) => DeskOf(context).Note("report"));
    }

    public static void Renamed(DomainBuilder domain) =>
        domain.EventHandler<Inventory>()
            .Named("withdraw-ordered-stock").FormerlyNamed("take-stock")   // goes on where take-stock was
            .StreamCategory<Order>()
            .StartFrom(StartFrom.Now)                                      // if it never ran under either name: not what is past
            .Partitions(4)
            .PartitionBy<OrderPlaced>(e => e.BookId)                       // one book in one line
            .On<OrderPlaced>((e, context) => DeskOf(context).Note($"{e.OrderId} by its new name"));

    private static IDesk DeskOf(HandlerContext context) => context.Services.GetRequiredService<IDesk>();
}

/// <summary>Somebody who is told.</summary>
public interface IDesk
{
    void Note(string what);
}

public sealed class OrderDesk(IDesk desk) : IHandle<OrderPlaced>, IHandleAny, IHandleErrors
{
    public Task HandleAsync(OrderPlaced message, HandlerContext context)
    {
        desk.Note($"desk: {message.OrderId} is new");
        return Task.CompletedTask;
    }

    public Task HandleAnyAsync(Message message, HandlerContext context)        // every other event of Order
    {
        desk.Note($"desk: {message.Type}");
        return Task.CompletedTask;
    }

    public Task HandleErrorAsync(Exception error, Message message, HandlerContext context)
    {
        desk.Note($"desk: {error.Message}");
        return Task.CompletedTask;
    }
}
