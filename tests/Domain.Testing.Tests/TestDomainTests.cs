using Microsoft.Extensions.DependencyInjection;
using Protean.Testing;
using Shouldly;
using Xunit;

namespace Protean.Tests;

public sealed class TestDomainTests
{
    private RecordingSubscriber _recorder = null!;

    [Fact]
    public async Task Scenario_M92_DrainReturnsWhenAChainOfThreeHopsIsThrough()
    {
        // A clock that stands still: nothing that waited for time would ever come through.
        await using var test = Bookshop.Create(domain => _recorder = domain.AddRecorder("reorder"));
        await test.Domain.Repository<Stock>().SaveAsync(Stock.Count("b-1", 12));
        await test.Domain.ProcessAsync(new PlaceOrder("o-1", "b-1", 10));
        await test.Domain.ProcessAsync(new ShipOrder("o-1"));

        await test.DrainAsync();

        _recorder.ShouldHaveReceived(new ReorderRequested("b-1"));
        test.Failures.ShouldBeEmpty();
        test.Clock.Waiting.ShouldBe(0);
    }

    [Fact]
    public async Task DrainAsync_NothingStored_Returns()
    {
        await using var test = Bookshop.Create();

        await test.DrainAsync();

        (await test.Store.GetHeadAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task DrainAsync_Again_DeliversNothingTwice()
    {
        await using var test = Bookshop.Create(domain => _recorder = domain.AddRecorder());
        await test.Domain.ProcessAsync(new PlaceOrder("o-1", "b-1", 10));
        await test.DrainAsync();

        await test.DrainAsync();

        _recorder.ShouldHaveReceived(new OrderPlaced("o-1", "b-1", 10));
    }

    [Fact]
    public async Task DrainAsync_MoreThanAPage_DeliversAllInOrder()
    {
        await using var test = Bookshop.Create(domain => _recorder = domain.AddRecorder());
        for (var i = 0; i < 150; i++)
            await test.Domain.ProcessAsync(new PlaceOrder($"o-{i}", "b-1", 1));

        await test.DrainAsync();

        _recorder.Of<OrderPlaced>().Select(e => e.OrderId).ShouldBe(Enumerable.Range(0, 150).Select(i => $"o-{i}"));
    }

    [Fact]
    public async Task DrainAsync_WhileAnotherDrains_WaitsForItsTurn()
    {
        var calls = 0;
        var (entered, finish) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var test = Bookshop.Create(domain => domain.EventHandler<Order>().Named("slow").On<OrderPlaced>(async (_, _) =>
        {
            calls++;
            entered.TrySetResult();
            await finish.Task;
        }));
        await test.Domain.ProcessAsync(new PlaceOrder("o-1", "b-1", 1));
        var first = test.DrainAsync();
        await entered.Task;

        var second = test.DrainAsync();
        finish.SetResult();
        await Task.WhenAll(first, second);

        calls.ShouldBe(1);
    }

    [Fact]
    public async Task DrainAsync_AnEnqueuedCommand_IsHandled()
    {
        await using var test = Bookshop.Create();
        var handle = await test.Domain.EnqueueAsync(new PlaceOrder("o-1", "b-1", 10));

        await test.DrainAsync();

        (await handle.WaitAsync<Receipt>()).ShouldBe(new Receipt("o-1", 95m));
    }

    [Fact]
    public async Task DrainAsync_NotYet_LeavesAnEnqueuedCommandAlone()
    {
        await using var test = Bookshop.Create();

        var handle = await test.Domain.EnqueueAsync(new PlaceOrder("o-1", "b-1", 10));

        (await handle.IsCompletedAsync()).ShouldBeFalse();
    }

    [Fact]
    public async Task DrainAsync_AnEnqueuedCommandFails_KeepsTheFailure()
    {
        await using var test = Bookshop.Create();
        await test.Domain.EnqueueAsync(new ShipOrder("nowhere"));

        await test.DrainAsync();

        test.Failures.ShouldHaveSingleItem().Error.ShouldBeOfType<AggregateNotFoundException>();
    }

    [Fact]
    public async Task Failures_AHandlerFailed_SayWhichAndWhy()
    {
        await using var test = Bookshop.Create();
        await test.Domain.ProcessAsync(new PlaceOrder("o-1", "b-1", 10));
        await test.Domain.ProcessAsync(new ShipOrder("o-1"));

        await test.DrainAsync();

        var failure = test.Failures.ShouldHaveSingleItem();
        (failure.Handler, failure.Method, failure.Message.Type).ShouldBe(("bookshop::withdraw", "OrderShipped", "Bookshop.OrderShipped.v1"));
    }

    [Fact]
    public async Task DrainAsync_AHandlerFailed_GoesOnWithTheRest()
    {
        await using var test = Bookshop.Create(domain => _recorder = domain.AddRecorder("order"));
        await test.Domain.ProcessAsync(new PlaceOrder("o-1", "b-1", 10));
        await test.Domain.ProcessAsync(new ShipOrder("o-1"));

        await test.DrainAsync();

        _recorder.Of<OrderShipped>().Count.ShouldBe(1);
    }

    [Fact]
    public async Task DrainAsync_AHandlerFailed_IsNotRepeatedByTheNextDrain()
    {
        await using var test = Bookshop.Create();
        await test.Domain.EnqueueAsync(new ShipOrder("nowhere"));
        await test.DrainAsync();

        await test.DrainAsync();

        test.Failures.Count.ShouldBe(1);
    }

    [Fact]
    public async Task DrainAsync_WithinAHandler_IsRefused()
    {
        TestDomain? test = null;
        test = Bookshop.Create(domain => domain.EventHandler<Order>().Named("impatient").On<OrderPlaced>((_, _) => test!.DrainAsync()));
        await using var disposed = test;
        await test.Domain.ProcessAsync(new PlaceOrder("o-1", "b-1", 10));

        await test.DrainAsync();

        test.Failures.ShouldHaveSingleItem().Error.Message.ShouldContain("would wait for itself");
    }

    [Fact]
    public async Task DrainAsync_HandlersLeadBackToThemselves_SaysSo()
    {
        await using var test = Bookshop.Create(domain => domain.EventHandler<Reorder>().Named("endless")
            .On<ReorderRequested>(e => e.ReorderId, (reorder, _) => reorder.Confirm())
            .On<ReorderConfirmed>(e => e.ReorderId, (reorder, _) => reorder.Confirm()));
        await test.Domain.Repository<Reorder>().SaveAsync(Reorder.Request("b-1"));

        (await Should.ThrowAsync<InvalidOperationException>(() => test.DrainAsync())).Message.ShouldContain("Bookshop.ReorderConfirmed.v1 follows from 1000 messages in a row");
    }

    [Fact]
    public async Task DrainAsync_Cancelled_GoesOnWhereItStopped()
    {
        using var cancelling = new CancellationTokenSource();
        await using var test = Bookshop.Create(domain =>
        {
            _recorder = domain.AddRecorder();
            domain.EventHandler<Order>().Named("canceller").On<OrderPlaced>(async (e, _) =>
            {
                if (e.OrderId == "o-2")
                    await cancelling.CancelAsync();
            });
            domain.EventHandler<Order>().Named("after").On<OrderPlaced>((_, context) => context.CancellationToken.ThrowIfCancellationRequested());
        });
        foreach (var id in new[] { "o-1", "o-2", "o-3" })
            await test.Domain.Repository<Order>().SaveAsync(Order.Place(id, "b-1", 1));
        await Should.ThrowAsync<OperationCanceledException>(() => test.DrainAsync(cancelling.Token));

        await test.DrainAsync();

        _recorder.Of<OrderPlaced>().Select(e => e.OrderId).ShouldBe(["o-1", "o-2", "o-3"]);
        test.Failures.ShouldBeEmpty();
    }

    [Fact]
    public async Task DrainAsync_ACommandOfAnUnknownType_IsSkipped()
    {
        await using var test = Bookshop.Create();
        await StoreCommandAsync(test, "Elsewhere.Unheard.v1", "{}"u8.ToArray());

        await test.DrainAsync();

        test.Failures.ShouldBeEmpty();
    }

    [Fact]
    public async Task DrainAsync_ACommandThatCannotBeRead_IsAFailureAndHoldsNothingUp()
    {
        await using var test = Bookshop.Create(domain => _recorder = domain.AddRecorder());
        await StoreCommandAsync(test, "Bookshop.ShipOrder.v1", "[]"u8.ToArray());
        await test.Domain.ProcessAsync(new PlaceOrder("o-1", "b-1", 10));

        await test.DrainAsync();

        test.Failures.ShouldHaveSingleItem().Error.ShouldBeOfType<MessageFormatException>();
        _recorder.Messages.Count.ShouldBe(1);
    }

    [Fact]
    public async Task DrainAsync_AnErrorHandlerRaisesAnEvent_InlineHandlersGetIt()
    {
        var seen = 0;
        await using var test = Bookshop.Create(domain =>
        {
            domain.EventHandler<Order>().Named("failing").On<OrderPlaced>((_, _) => throw new InvalidOperationException("no"))
                .HandleError((_, _, context) => context.Repository<Reorder>().Add(Reorder.Request("b-1")));
            domain.EventHandler<Reorder>().Named("watching").Inline().On<ReorderRequested>((_, _) => { seen++; });
        });
        await test.Domain.ProcessAsync(new PlaceOrder("o-1", "b-1", 10));

        await test.DrainAsync();

        seen.ShouldBe(1);
    }

    [Fact]
    public async Task Create_TheDeclarationBringsAClockOfItsOwn_UsesTheFakeOne()
    {
        await using var test = Bookshop.Create(domain => domain.Services.AddSingleton(TimeProvider.System));
        await test.Domain.ProcessAsync(new PlaceOrder("o-1", "b-1", 10));

        var page = await test.Store.ReadLogAsync(new() { After = 0, MaxCount = 1 });

        page.Messages[0].Time.ShouldBe(test.Clock.GetUtcNow());
    }

    [Fact]
    public void Create_SomethingIsWrong_SaysWhat() =>
        Should.Throw<DomainConfigurationException>(() => TestDomain.Create("bookshop", domain => domain.EventHandler<Order>()));

    private static async Task StoreCommandAsync(TestDomain test, string type, byte[] body)
    {
        await test.Domain.StartAsync();
        var command = new Storage.NewMessage
        {
            Id = Guid.CreateVersion7(),
            Type = type,
            Kind = MessageKind.Command,
            Time = test.Clock.GetUtcNow(),
            Body = body,
            Metadata = new() { CorrelationId = "c" },
        };
        await test.Store.CommitAsync(new() { Appends = [new(StreamName.Create("bookshop::order:command", "o-1"), Storage.ExpectedVersion.Any, [command])] });
    }
}
