using Protean.Storage;
using Protean.Testing;
using Shouldly;
using Xunit;

namespace Protean.Tests.Processing;

public sealed class EnqueueTests
{
    private readonly List<string> _handled = [];

    [Fact]
    public async Task EnqueueAsync_BeforeTheDrain_StoresTheCommandAndRunsNothing()
    {
        await using var bank = Noting();

        var handle = await bank.Domain.EnqueueAsync(new Act("n", "a"));

        var stored = (await bank.Store.LogAsync()).ShouldHaveSingleItem();
        (stored.Id, stored.Kind, stored.Stream.Value).ShouldBe((handle.Id, MessageKind.Command, "bank::account:command-a"));
        _handled.ShouldBeEmpty();
        (await handle.IsCompletedAsync()).ShouldBeFalse();
    }

    [Fact]
    public async Task WaitAsync_OnceDrained_ReturnsTheResult()
    {
        await using var bank = Noting();
        var handle = await bank.Domain.EnqueueAsync(new Ask("four"));

        await bank.DrainAsync();

        (await handle.WaitAsync<int>()).ShouldBe(4);
        (await handle.IsCompletedAsync()).ShouldBeTrue();
    }

    [Fact]
    public async Task WaitAsync_BegunBeforeTheDrain_IsWokenByIt()
    {
        await using var bank = Noting();
        var handle = await bank.Domain.EnqueueAsync(new Ask("four"));
        var waiting = handle.WaitAsync<int>();

        await bank.DrainAsync();

        (await waiting).ShouldBe(4);
    }

    [Fact]
    public async Task WaitAsync_ForAnotherTypeOfResult_IsRefused()
    {
        await using var bank = Noting();
        var handle = await bank.Domain.EnqueueAsync(new Ask());

        (await Should.ThrowAsync<InvalidOperationException>(() => handle.WaitAsync<string>())).Message.ShouldContain("returns Int32, not String");
    }

    [Fact]
    public async Task WaitAsync_OfACommandThatFailed_Throws()
    {
        await using var bank = Bank.Acting((_, _) => Task.FromException(new TimeoutException("too slow")));
        var handle = await bank.Domain.EnqueueAsync(new Act());

        await bank.DrainAsync();

        var error = await Should.ThrowAsync<CommandFailedException>(() => handle.WaitAsync());
        (error.Id, error.Message).ShouldBe((handle.Id, $"Bank.Act.v1 {handle.Id} has failed: TimeoutException: too slow"));
        bank.Failures.ShouldHaveSingleItem().Error.ShouldBeOfType<TimeoutException>();
    }

    [Fact]
    public async Task WaitAsync_Cancelled_StopsWaiting()
    {
        await using var bank = Noting();
        using var cancellation = new CancellationTokenSource();
        var waiting = (await bank.Domain.EnqueueAsync(new Act())).WaitAsync(cancellation.Token);

        await cancellation.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task DrainAsync_CommandThatFailed_IsToldToItsErrorHandlerAndNotRunAgain()
    {
        var (runs, told) = (0, new List<string>());
        await using var bank = Bank.Create(domain => domain.CommandHandler<Account>()
            .On<Act>((_, _) =>
            {
                runs++;
                throw new TimeoutException("no");
            })
            .HandleError((error, message, _) => told.Add($"{error.Message} {message.Type}")));
        await bank.Domain.EnqueueAsync(new Act());

        await bank.DrainAsync();
        await bank.DrainAsync();

        runs.ShouldBe(1);
        told.ShouldBe(["no Bank.Act.v1"]);
    }

    [Fact]
    public async Task DrainAsync_AfterACommandFailed_GoesOnWithTheNext()
    {
        await using var bank = Bank.Acting((act, _) =>
        {
            _handled.Add(act.Note);
            return act.Note == "bad" ? Task.FromException(new TimeoutException()) : Task.CompletedTask;
        });
        await bank.Domain.EnqueueAsync(new Act("bad"));
        await bank.Domain.EnqueueAsync(new Act("good"));

        await bank.DrainAsync();

        _handled.ShouldBe(["bad", "good"]);
    }

    [Fact]
    public async Task DrainAsync_CommandOfATypeNobodyHere_IsPassedOver()
    {
        var store = new InMemoryEventStore();
        await using var other = Bank.On(store, domain => domain.CommandHandler<Shelf>().On<Ask, int>((_, _) => 1));
        await other.EnqueueAsync(new Ask());
        await using var bank = Bank.On(store, domain => domain.CommandHandler<Account>().On<Act>((_, _) => { }));
        await bank.StartAsync();

        var failed = await new MessageDelivery(bank).HandleCommandAsync((await store.LogAsync())[0], default);

        failed.ShouldBeNull();
    }

    [Fact]
    public async Task DrainAsync_CommandThatCannotBeRead_FailsAndHoldsNobodyUp()
    {
        await using var bank = Noting();
        var id = Guid.CreateVersion7();
        await bank.Domain.StartAsync();
        await bank.Store.CommitAsync(new()
        {
            Appends =
            [
                new(StreamName.Parse("bank::account:command-a"), ExpectedVersion.Any,
                [
                    new() { Id = id, Type = "Bank.Act.v1", Kind = MessageKind.Command, Time = default, Body = "{\"note\":7}"u8.ToArray(), Metadata = new() { CorrelationId = "c" } },
                ]),
            ],
        });
        await bank.Domain.EnqueueAsync(new Act("next"));

        await bank.DrainAsync();

        bank.Failures.ShouldHaveSingleItem().Error.ShouldBeOfType<MessageFormatException>();
        _handled.ShouldBe(["next"]);
    }

    [Fact]
    public async Task Scenario_H58_CommandsOfTwoHandlersInOneCategoryEachRunOnceInTheirOwn()
    {
        await using var bank = Bank.Create(domain =>
        {
            domain.CommandHandler<Account>().Named("one").On<Act>((_, _) => _handled.Add("one"));
            domain.CommandHandler<Account>().Named("two").On<Ask, int>((_, _) =>
            {
                _handled.Add("two");
                return 0;
            });
        });
        await bank.Domain.EnqueueAsync(new Act());
        await bank.Domain.EnqueueAsync(new Ask());

        await bank.DrainAsync();

        _handled.ShouldBe(["one", "two"]);
    }

    [Fact]
    public async Task Scenario_H60_AQueuedCommandWithAKeyIsExecutedOnceAndASecondSubmitIsSuppressed()
    {
        await using var bank = Noting();
        var options = new CommandOptions { IdempotencyKey = "k" };

        var first = await bank.Domain.EnqueueAsync(new Act("once"), options);
        var second = await bank.Domain.EnqueueAsync(new Act("once"), options);
        await bank.DrainAsync();

        second.Id.ShouldBe(first.Id);
        _handled.ShouldBe(["once"]);
        await second.WaitAsync();
    }

    [Fact]
    public async Task Scenario_H60_ASecondSubmitAfterTheExecutionIsSuppressedToo()
    {
        await using var bank = Noting();
        var options = new CommandOptions { IdempotencyKey = "k" };
        await bank.Domain.EnqueueAsync(new Act("once"), options);
        await bank.DrainAsync();

        await bank.Domain.EnqueueAsync(new Act("once"), options);
        await bank.DrainAsync();

        _handled.ShouldBe(["once"]);
    }

    [Fact]
    public async Task EnqueueAsync_SameKeyOtherPayload_IsAnError()
    {
        await using var bank = Noting();
        await bank.Domain.EnqueueAsync(new Act("one"), new CommandOptions { IdempotencyKey = "k" });

        await Should.ThrowAsync<IdempotencyKeyReusedException>(() => bank.Domain.EnqueueAsync(new Act("two"), new CommandOptions { IdempotencyKey = "k" }));
    }

    [Fact]
    public async Task EnqueueAsync_ThrowOnDuplicate_CarriesTheIdOfTheFirst()
    {
        await using var bank = Noting();
        var first = await bank.Domain.EnqueueAsync(new Act(), new CommandOptions { IdempotencyKey = "k" });

        var error = await Should.ThrowAsync<DuplicateCommandException>(
            () => bank.Domain.EnqueueAsync(new Act(), new CommandOptions { IdempotencyKey = "k", ThrowOnDuplicate = true }));

        error.CommandId.ShouldBe(first.Id);
    }

    [Fact]
    public async Task HandleCommandAsync_OfACommandThatIsDone_DoesNothing()
    {
        await using var bank = Noting();
        await bank.Domain.EnqueueAsync(new Act());
        await bank.DrainAsync();

        await new MessageDelivery(bank.Domain).HandleCommandAsync((await bank.Store.LogAsync())[0], default);

        _handled.Count.ShouldBe(1);
    }

    [Fact]
    public async Task DrainAsync_CommandsOfOneAggregate_KeepTheirOrder()
    {
        await using var bank = Noting();
        for (var i = 0; i < 20; i++)
            await bank.Domain.EnqueueAsync(new Act($"{i}", "a"));

        await bank.DrainAsync();

        _handled.ShouldBe(Enumerable.Range(0, 20).Select(i => $"{i}"));
    }

    [Fact]
    public async Task DrainAsync_CommandWhoseInlineHandlerFailed_HasSucceeded()
    {
        await using var bank = Bank.Create(domain =>
        {
            domain.CommandHandler<Account>().On<Act>((_, context) => context.Repository<Account>().Add(Account.Open("a")));
            domain.EventHandler<Account>().Inline().On<Opened>((_, _) => throw new TimeoutException());
        });
        var handle = await bank.Domain.EnqueueAsync(new Act());

        await bank.DrainAsync();

        await handle.WaitAsync();
        (await bank.Domain.Repository<Account>().ExistsAsync("a")).ShouldBeTrue();
    }

    [Fact]
    public async Task DrainAsync_CommandThatFailedByWhatANestedOneSetOff_HasFailed()
    {
        await using var bank = Bank.Create(domain =>
        {
            domain.CommandHandler<Account>()
                .On<Act>((_, context) => context.ProcessAsync(new Ask()))
                .On<Ask, int>((_, context) =>
                {
                    context.Repository<Account>().Add(Account.Open("a"));
                    return 1;
                });
            domain.EventHandler<Account>().Inline().On<Opened>((_, _) => throw new TimeoutException());
        });
        var handle = await bank.Domain.EnqueueAsync(new Act());

        await bank.DrainAsync();

        (await handle.IsCompletedAsync()).ShouldBeTrue();
        await Should.ThrowAsync<CommandFailedException>(() => handle.WaitAsync());
    }

    private TestDomain Noting() => Bank.Create(domain => domain.CommandHandler<Account>()
        .On<Act>((act, _) => _handled.Add(act.Note))
        .On<Ask, int>((ask, _) => ask.Note.Length));
}
