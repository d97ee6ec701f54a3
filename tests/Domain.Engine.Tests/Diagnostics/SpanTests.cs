using System.Diagnostics;
using Protean.Storage;
using Protean.Testing;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Diagnostics;

/// <summary>What tracing shows of deliveries.</summary>
public sealed class SpanTests : EngineTests
{
    [Fact(Timeout = HangLimit)]
    public async Task Scenario_M94_ChainOverTheEngine_SharesOneCorrelationAndIsLinkedHopByHop()
    {
        using var spans = new Spans();
        var shop = Chain("span-chain");
        var engine = await StartAsync(shop);

        using var request = new Activity("request").SetIdFormat(ActivityIdFormat.W3C).Start();
        var root = await shop.EnqueueAsync(new PlaceOrder("o1", "b1", 1), cancellationToken: Cancellation);
        await Until(async () => (await LogAsync()).Count == 4);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        var log = await LogAsync();
        log.Select(m => m.Type).ShouldBe(["Shop.PlaceOrder.v1", "Shop.OrderPlaced.v1", "Shop.ShipOrder.v1", "Shop.OrderShipped.v1"]);
        log.Select(m => m.Metadata.CorrelationId).Distinct().ShouldHaveSingleItem();
        log.Select(m => m.Metadata.CausationId).ShouldBe([null, log[0].Id, log[1].Id, log[2].Id]);
        (await shop.EffectsAsync(root.Id, Cancellation)).Select(m => m.Id).ShouldBe(log.Select(m => m.Id));
        string[] names = ["deliver order:command Shop.PlaceOrder.v1", "deliver span-chain Shop.OrderPlaced.v1", "deliver order:command Shop.ShipOrder.v1"];
        for (var n = 0; n < names.Length; n++)
        {
            var span = spans.Of(names[n]).Single(s => (string?)s.GetTagItem("protean.message.id") == log[n].Id.ToString());
            var recorded = log[n].Metadata.TraceParent.ShouldNotBeNull();
            var link = span.Links.ShouldHaveSingleItem().Context;
            recorded.ShouldStartWith($"00-{link.TraceId}-{link.SpanId}");
            span.ParentId.ShouldBe(recorded);
            span.TraceId.ShouldBe(request.TraceId);
        }
    }

    [Fact(Timeout = HangLimit)]
    public async Task Delivery_ItsSpan_SaysWhatIsDeliveredToWhom()
    {
        using var spans = new Spans();
        var shop = Shop(domain => domain.EventHandler<Order>().Named("span-tags").On<OrderPlaced>((_, _) => { }));
        var engine = await StartAsync(shop);

        await PlaceAsync(shop, 1);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        var span = spans.Of("deliver span-tags Shop.OrderPlaced.v1").ShouldHaveSingleItem();
        var message = (await LogAsync()).ShouldHaveSingleItem();
        span.Kind.ShouldBe(ActivityKind.Consumer);
        span.Status.ShouldBe(ActivityStatusCode.Unset);
        span.TagObjects.ShouldBe(
            [
                new("protean.handler", "span-tags"),
                new("protean.partition", 0),
                new("protean.message.type", "Shop.OrderPlaced.v1"),
                new("protean.message.id", message.Id.ToString()),
                new("protean.stream", "shop::order-o1"),
                new("protean.global_position", message.GlobalPosition),
            ],
            ignoreOrder: true);
        spans.Of("handler span-tags").ShouldHaveSingleItem().ParentSpanId.ShouldBe(span.SpanId);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Delivery_ThatFails_SaysSoAndWhatKindOfErrorItWas()
    {
        using var spans = new Spans();
        var shop = Shop(domain => domain.EventHandler<Order>().Named("span-fails").Delivery(o => o.MaxRetries = 0).On<OrderPlaced>((_, _) => throw new TimeoutException("secret")));
        var engine = await StartAsync(shop);

        await PlaceAsync(shop, 1);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        var span = spans.Of("deliver span-fails Shop.OrderPlaced.v1").ShouldHaveSingleItem();
        (span.Status, span.StatusDescription).ShouldBe((ActivityStatusCode.Error, nameof(TimeoutException)));
    }

    [Fact(Timeout = HangLimit)]
    public async Task Delivery_LongAfterTheMessage_IsATraceOfItsOwnWithALink()
    {
        using var spans = new Spans();
        var clock = new FakeClock();
        var shop = Shop(domain =>
        {
            domain.Services.Add(new(typeof(TimeProvider), clock));
            domain.EventHandler<Order>().Named("span-late").On<OrderPlaced>((_, _) => { });
        });
        await PlaceAsync(shop, 1);
        clock.Advance(TimeSpan.FromHours(2));

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        var recorded = (await LogAsync()).Single().Metadata.TraceParent.ShouldNotBeNull();
        var span = spans.Of("deliver span-late Shop.OrderPlaced.v1").ShouldHaveSingleItem();
        span.ParentId.ShouldBeNull();
        recorded.ShouldContain(span.Links.ShouldHaveSingleItem().Context.TraceId.ToHexString());
        recorded.ShouldNotContain(span.TraceId.ToHexString());
    }

    [Fact(Timeout = HangLimit)]
    public async Task SharedCommit_ItsSpan_SaysHowManyMessagesShareIt()
    {
        using var spans = new Spans();
        var shop = Shop(domain => domain.EventHandler<Inventory>().Named("span-commit").StreamCategory<Order>()
            .On<OrderPlaced>(e => e.BookId, (inventory, e) => inventory.Withdraw(e.Quantity)));
        await shop.Repository<Inventory>().SaveAsync(Inventory.Of("b1", 100), Cancellation);
        await PlaceAsync(shop, 20);

        using var caller = new Activity("caller").SetIdFormat(ActivityIdFormat.W3C).Start();
        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        await Until(() => spans.Of("commit span-commit").Sum(s => (int)s.GetTagItem("protean.messages")!) == 20);

        spans.Of("commit span-commit").ShouldAllBe(s => s.ParentId == null);
        Activity.Current.ShouldBe(caller);
    }

    private Domain Chain(string handler) => Shop(domain =>
    {
        domain.CommandHandler<Order>()
            .On<PlaceOrder, string>((command, context) =>
            {
                context.Repository<Order>().Add(Order.Place(command.OrderId, command.BookId, command.Quantity));
                return command.OrderId;
            })
            .On<ShipOrder>(c => c.OrderId, (order, _) => order.Ship());
        domain.EventHandler<Order>().Named(handler).On<OrderPlaced>((e, context) => context.Enqueue(new ShipOrder(e.OrderId)));
    });

    private async Task<IReadOnlyList<StoredMessage>> LogAsync() => (await Store.ReadLogAsync(new() { After = 0, MaxCount = 100 }, Cancellation)).Messages;
}
