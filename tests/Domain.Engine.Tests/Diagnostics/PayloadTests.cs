using System.Text;
using Microsoft.Extensions.Logging;
using Protean.Engine;
using Protean.Storage;
using Protean.Testing;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Diagnostics;

/// <summary>Whatever becomes of a message, nothing of its payload is logged, nor said by an error of ours.</summary>
public sealed class PayloadTests : EngineTests
{
    private const string Marked = "SECRET-BOOK";

    /// <summary>A handler failed, a partition halted, a message is unreadable, one died, one recovered.</summary>
    private static readonly int[] Expected = [1002, 2008, 2010, 2012, 2013];

    private readonly FakeClock _clock = new();

    [Fact(Timeout = HangLimit)]
    public async Task Payload_ThroughSuccessFailureParkingRecoveryAndDeath_IsInNoLogLine()
    {
        var fails = true;
        var shop = Shop(domain =>
        {
            domain.Services.Add(new(typeof(TimeProvider), _clock));
            domain.EventHandler<Inventory>().Named("stock").StreamCategory<Order>().On<OrderPlaced>((e, context) =>
                context.Repository<Inventory>().Add(Inventory.Of(e.OrderId, e.Quantity)));
            domain.Projection<BookSales>().From<Order>().On<OrderPlaced>(e => e.BookId, (view, e) => Volatile.Read(ref fails)
                ? throw new InvalidOperationException("no")
                : view with { Ordered = view.Ordered + e.Quantity });
            domain.EventHandler<Order>().Named("dies").Delivery(o => o.MaxRetries = 0).On<OrderPlaced>((_, _) => throw new InvalidOperationException("no"));
            domain.EventHandler<Order>().Named("conflicts").On<OrderPlaced>(async (e, context) =>
            {
                // Made anew each time, so that the store refuses it.
                context.Repository<Order>().Add(Order.Place(e.OrderId, e.BookId));
                await Task.CompletedTask;
            });
            domain.EventHandler<Order>().Named("halts").Delivery(o => o.OnFailure = FailurePolicy.Stop).On<OrderPlaced>((_, _) => throw new InvalidOperationException("no"));
            domain.CommandHandler<Order>().On<PlaceOrder, string>(string (_, _) => throw new InvalidOperationException("no"));
        });
        var order = Order.Place("o1", Marked);
        order.Ship();
        await shop.Repository<Order>().SaveAsync(order, Cancellation);
        await PlaceAsync(shop, 1, _ => "o2", Marked);
        await AppendAsync("o3", "Shop.OrderPlaced.v1", $$"""{"OrderId":"o3","BookId":"{{Marked}}","Quantity":"{{Marked}}"}""");
        await AppendAsync("o4", "Shop.OrderPlaced.v1", $"{Marked} is no JSON");
        await AppendAsync("o5", "Shop.OrderPlaced.v1", $$"""{"OrderId":"o5","{{Marked}}":"{{Marked}}"}""");
        await AppendAsync("o6", "Shop.OrderPlaced.v1", $$"""{"OrderId":"o6","BookId":"{{Marked}}","Quantity":1}""", checksum: 1);
        await shop.EnqueueAsync(new PlaceOrder("o7", Marked, 1), cancellationToken: Cancellation);
        var engine = await StartAsync(shop);
        await Until(() => Log.Lines.Any(l => l.Id == 2008));
        engine.Resume("halts").ShouldBe(1);
        await Until(async () => await engine.DeadLetters.CountAsync(new() { Handler = "dies" }, Cancellation) > 0);
        await Until(async () => await engine.DeadLetters.CountAsync(new() { Handler = nameof(BookSales), Status = FailureStatus.Retrying }, Cancellation) > 0);
        Volatile.Write(ref fails, false);
        await Until(() =>
        {
            _clock.Advance(TimeSpan.FromSeconds(30));
            if (engine.Status.Subscriptions.Any(s => s.Partitions.Any(p => p.State == PartitionState.Halted)))
                engine.Resume("halts");
            return Expected.All(id => Log.Lines.Any(l => l.Id == id));
        });
        await engine.StopAsync(Cancellation);

        Log.Lines.Where(l => l.Level >= LogLevel.Information && (l.Text.Contains(Marked, StringComparison.Ordinal) || l.Error?.ToString().Contains(Marked, StringComparison.Ordinal) == true))
            .Select(l => $"{l.Id}: {l.Text} {l.Error}").ShouldBeEmpty();
        foreach (var status in Enum.GetValues<FailureStatus>())
        {
            (await engine.DeadLetters.ListAsync(new() { Status = status }, Cancellation)).SelectMany(f => f.Attempts).Where(a => $"{a.Message} {a.Detail}".Contains(Marked, StringComparison.Ordinal))
                .Select(a => a.Detail).ShouldBeEmpty();
        }
    }

    private async Task AppendAsync(string id, string type, string json, uint? checksum = null)
    {
        var body = Encoding.UTF8.GetBytes(json);
        var message = NewMessage.Create(Guid.CreateVersion7(), type, MessageKind.Event, _clock.GetUtcNow(), body, new() { CorrelationId = "c" });
        if (checksum is not null)
            message = message with { Checksum = checksum };
        await Store.CommitAsync(new() { Appends = [new(StreamName.Parse($"shop::order-{id}"), ExpectedVersion.Any, [message])] }, Cancellation);
    }
}
