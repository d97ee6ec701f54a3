using System.Diagnostics.Metrics;
using Protean.Storage;
using Protean.Tests.Shop;
using Shouldly;
using Xunit;

namespace Protean.Tests.Failures;

/// <summary>A command that fails in the engine is told to whoever waits for it, and to whoever looks after failures.</summary>
public sealed class FailedCommandTests : FailingShop
{
    private int _calls;
    private int _told;
    private volatile bool _isBroken = true;

    [Fact(Timeout = HangLimit)]
    public async Task Failure_IsToldToTheWaiterAndTheErrorHandler_AndCanBeReplayed()
    {
        var shop = Desk(Declare);
        var engine = await StartAsync(shop);
        var handle = await shop.EnqueueAsync(new PlaceOrder("o1", "b1", 1), cancellationToken: Cancellation);

        (await Should.ThrowAsync<CommandFailedException>(handle.WaitAsync(Cancellation))).Message.ShouldContain("no o1");
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        (_calls, _told).ShouldBe((1, 1));
        (await RecordsAsync()).ShouldHaveSingleItem().Status.ShouldBe(FailureStatus.Dead);

        _isBroken = false;
        (await engine.DeadLetters.ReplayAllAsync(cancellationToken: Cancellation)).ShouldBe(1);
        await Until(async () => (await RecordsAsync()).Count == 0);
        (await handle.WaitAsync<string>(Cancellation)).ShouldBe("placed o1");
        (await shop.Repository<Order>().ExistsAsync("o1", Cancellation)).ShouldBeTrue();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Failure_ByWhatTheStoreRefuses_IsToldToTheWaiter()
    {
        var shop = Desk(domain => domain.CommandHandler<Order>()
            .On<ShipOrder>((_, context) => context.Repository<Note>().Add(Note.Of("n", "taken")))
            .HandleError((_, _, _) => Interlocked.Increment(ref _told)));
        await shop.Repository<Note>().SaveAsync(Note.Of("taker", "taken"), Cancellation);
        await StartAsync(shop);

        var handle = await shop.EnqueueAsync(new ShipOrder("o1"), cancellationToken: Cancellation);

        (await Should.ThrowAsync<CommandFailedException>(handle.WaitAsync(Cancellation))).Message.ShouldContain(nameof(DuplicateValueException));
        _told.ShouldBe(1);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Failure_GivesTheKeyBack()
    {
        var shop = Desk(Declare);
        await StartAsync(shop);
        var options = new CommandOptions { IdempotencyKey = "k" };
        var first = await shop.EnqueueAsync(new PlaceOrder("o1", "b1", 1), options, Cancellation);
        await Should.ThrowAsync<CommandFailedException>(first.WaitAsync(Cancellation));
        _isBroken = false;

        var second = await shop.EnqueueAsync(new PlaceOrder("o1", "b1", 1), options, Cancellation);

        second.Id.ShouldNotBe(first.Id);
        (await second.WaitAsync<string>(Cancellation)).ShouldBe("placed o1");
    }

    [Fact(Timeout = HangLimit)]
    public async Task Key_SentTwice_HasTheCommandHandledOnce()
    {
        _isBroken = false;
        var shop = Desk(Declare);
        var options = new CommandOptions { IdempotencyKey = "k" };
        var first = await shop.EnqueueAsync(new PlaceOrder("o1", "b1", 1), options, Cancellation);
        var second = await shop.EnqueueAsync(new PlaceOrder("o1", "b1", 1), options, Cancellation);

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        var third = await shop.EnqueueAsync(new PlaceOrder("o1", "b1", 1), options, Cancellation);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        new[] { second.Id, third.Id }.ShouldAllBe(id => id == first.Id);
        (await third.WaitAsync<string>(Cancellation)).ShouldBe("placed o1");
        _calls.ShouldBe(1);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Deadline_ThatHasPassed_HasTheCommandNotHandled()
    {
        using var expired = new MeterListener();
        var counted = 0L;
        expired.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "protean.expired")
                listener.EnableMeasurementEvents(instrument);
        };
        expired.SetMeasurementEventCallback<long>((_, count, _, _) => Interlocked.Add(ref counted, count));
        expired.Start();
        _isBroken = false;
        var shop = Desk(Declare);
        var deadline = Time.GetUtcNow() + TimeSpan.FromMinutes(1);
        var late = await shop.EnqueueAsync(new PlaceOrder("late", "b1", 1), new() { Deadline = deadline }, Cancellation);
        var timely = await shop.EnqueueAsync(new PlaceOrder("timely", "b1", 1), new() { Deadline = deadline + TimeSpan.FromHours(1) }, Cancellation);
        Time.Advance(TimeSpan.FromMinutes(2));

        var engine = await StartAsync(shop);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        (await Should.ThrowAsync<CommandFailedException>(late.WaitAsync(Cancellation))).Message.ShouldContain(nameof(DeadlineExceededException));
        (await timely.WaitAsync<string>(Cancellation)).ShouldBe("placed timely");
        (_calls, _told).ShouldBe((1, 0));
        Interlocked.Read(ref counted).ShouldBe(1);
        (await RecordsAsync()).ShouldBeEmpty();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Deadline_OfACommandWithin_IsAFailureLikeAnyOther()
    {
        var shop = Desk(domain => domain.CommandHandler<Order>()
            .On<ShipOrder>((_, context) => context.ProcessAsync(new PlaceOrder("o1", "b1", 1), new() { Deadline = Time.GetUtcNow() - TimeSpan.FromSeconds(1) }))
            .On<PlaceOrder, string>((_, _) => "never")
            .HandleError((_, _, _) => Interlocked.Increment(ref _told)));
        var engine = await StartAsync(shop);

        await shop.EnqueueAsync(new ShipOrder("o1"), cancellationToken: Cancellation);
        await engine.WaitUntilCaughtUpAsync(Cancellation);

        _told.ShouldBe(1);
        (await RecordsAsync()).ShouldHaveSingleItem().Status.ShouldBe(FailureStatus.Dead);
    }

    [Theory(Timeout = HangLimit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Command_ThatCannotBeRead_FailsForItsWaiter_AndOneOfAnUnknownTypeIsPassedOver(bool isRunning)
    {
        _isBroken = false;
        var shop = Desk(Declare);
        var engine = Engine(shop);
        if (isRunning)
        {
            await engine.StartAsync(Cancellation);
            await engine.WaitUntilCaughtUpAsync(Cancellation);
        }

        await StoreAsync("Shop.Unheard.v1");
        await StoreAsync("Shop.PlaceOrder.v1");
        var handle = await shop.EnqueueAsync(new PlaceOrder("o1", "b1", 1), cancellationToken: Cancellation);
        await engine.StartAsync(Cancellation);

        (await handle.WaitAsync<string>(Cancellation)).ShouldBe("placed o1");
        await engine.WaitUntilCaughtUpAsync(Cancellation);
        Log.Lines.Count(l => l.Id == 1005 && l.Text.Contains("Shop.Unheard.v1", StringComparison.Ordinal)).ShouldBe(1);
        var record = (await RecordsAsync()).ShouldHaveSingleItem();
        var outcome = await Store.GetKeyAsync("outcome", record.MessageId.ToString(), Cancellation);
        outcome.ShouldNotBeNull();
        _told.ShouldBe(0);
    }

    private async Task StoreAsync(string type)
    {
        var message = NewMessage.Create(Guid.CreateVersion7(), type, MessageKind.Command, Time.GetUtcNow(), "[]"u8.ToArray(), new() { CorrelationId = "c" });
        await Store.CommitAsync(new() { Appends = [new(StreamName.Parse("shop::order:command-x"), ExpectedVersion.Any, [message])] }, Cancellation);
    }

    private void Declare(DomainBuilder domain) => domain.CommandHandler<Order>()
        .On<PlaceOrder, string>((command, context) =>
        {
            Interlocked.Increment(ref _calls);
            if (_isBroken)
                throw new InvalidOperationException("no " + command.OrderId);
            context.Repository<Order>().Add(Order.Place(command.OrderId, command.BookId, command.Quantity));
            return "placed " + command.OrderId;
        })
        .HandleError((_, _, _) => Interlocked.Increment(ref _told));
}
