using Shouldly;
using Xunit;

namespace Protean.Tests.Processing;

public sealed class CommandTests
{
    [Fact]
    public async Task ProcessAsync_WithResult_ReturnsWhatTheHandlerReturned()
    {
        await using var bank = Bank.Create(domain => domain.CommandHandler<Account>().On<Ask, int>((ask, _) => ask.Note.Length));

        (await bank.Domain.ProcessAsync(new Ask("four"))).ShouldBe(4);
    }

    [Fact]
    public async Task ProcessAsync_WithIdAndAction_LoadsActsAndSaves()
    {
        await using var bank = Bank.Create(domain => domain.CommandHandler<Account>().On<Deposit>(c => c.AccountId, (account, c) => account.Deposit(c.Amount)));
        await bank.Domain.OpenAsync("a", 1);

        await bank.Domain.ProcessAsync(new Deposit("a", 2));

        (await bank.Domain.BalanceAsync("a")).ShouldBe(3);
    }

    [Fact]
    public async Task Scenario_InProcess_A1_ACommandWithoutResultStoresItsEffect()
    {
        await using var bank = Bank.Acting(async (act, context) => (await context.Repository<Account>().GetAsync(act.Note)).Deposit(1));
        await bank.Domain.OpenAsync("m1");

        await bank.Domain.ProcessAsync(new Act("m1"));

        (await bank.Domain.BalanceAsync("m1")).ShouldBe(1);
    }

    [Fact]
    public async Task Scenario_InProcess_A2_AQuerySeesWhatACommandStored()
    {
        await using var bank = Bank.Create(domain =>
        {
            domain.CommandHandler<Account>().On<Act>((act, context) => context.Repository<Account>().Add(Account.Open(act.Note, 7)));
            domain.QueryHandler().On<Look, int>(async (look, context) => (await context.Repository<Account>().GetAsync(look.Note)).Balance);
        });
        await bank.Domain.ProcessAsync(new Act("m1"));

        (await bank.Domain.QueryAsync(new Look("m1"))).ShouldBe(7);
    }

    [Fact]
    public async Task Scenario_InProcess_A3_ACommandWithoutHandlerNamesItsTypeAndStoresNothing()
    {
        await using var bank = Bank.Create();

        var error = await Should.ThrowAsync<HandlerNotFoundException>(() => bank.Domain.ProcessAsync(new Act()));

        error.Message.ShouldContain("No handler for Act exists");
        error.Request.ShouldBe(typeof(Act));
        (await bank.Store.GetHeadAsync()).ShouldBe(0);
    }

    [Fact]
    public void Scenario_InProcess_A4_ASecondHandlerForACommandIsRefusedAtRegistration()
    {
        var error = Should.Throw<DomainConfigurationException>(() => Bank.Create(domain =>
        {
            domain.CommandHandler<Account>().On<Act>((_, _) => { });
            domain.CommandHandler<Shelf>().On<Act>((_, _) => { });
        }));

        error.Message.ShouldContain("Act has two handlers");
    }

    [Fact]
    public async Task Scenario_InProcess_A6_AnErrorAfterAnEventReachesTheCallerUnchangedAndNothingIsEmitted()
    {
        var failure = new TimeoutException("as it was");
        List<object> log = [];
        await using var bank = Bank.Acting(
            (_, context) =>
            {
                context.Repository<Account>().Add(Account.Open("a"));
                return Task.FromException(failure);
            },
            domain => domain.EventHandler<Account>().Inline().On<Opened>((e, _) => log.Add(e)));

        var error = await Should.ThrowAsync<TimeoutException>(() => bank.Domain.ProcessAsync(new Act()));

        error.ShouldBeSameAs(failure);
        log.ShouldBeEmpty();
        (await bank.Store.GetHeadAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Scenario_InProcess_A7_APlainValueComesBack()
    {
        await using var bank = Bank.Create(domain => domain.CommandHandler<Account>().On<Ask, int>((_, _) => Task.FromResult(42)));

        (await bank.Domain.ProcessAsync(new Ask())).ShouldBe(42);
    }

    [Fact]
    public async Task ProcessAsync_Handled_RecordsTheCommandBeforeItsEffectsInOneCommit()
    {
        await using var bank = Bank.Acting((_, context) =>
        {
            context.Repository<Account>().Add(Account.Open("a"));
            context.Repository<Shelf>().Add(Shelf.Make("s"));
            return Task.CompletedTask;
        });

        await bank.Domain.ProcessAsync(new Act("n", "a"));

        var log = await bank.Store.LogAsync();
        log.Select(m => (m.Stream.Value, m.Kind)).ShouldBe(
        [
            ("bank::account:command-a", MessageKind.HandledCommand),
            ("bank::account-a", MessageKind.Event),
            ("bank::shelf-s", MessageKind.Event),
        ]);
        bank.Domain.Read(log[0]).ShouldBe(new Act("n", "a"));
    }

    [Fact]
    public async Task ProcessAsync_WithoutEffects_IsRecordedAllTheSame()
    {
        await using var bank = Bank.Acting((_, _) => Task.CompletedTask);

        await bank.Domain.ProcessAsync(new Act());

        (await bank.Store.TypesAsync(MessageKind.HandledCommand)).ShouldBe(["Act"]);
    }

    [Fact]
    public async Task ProcessAsync_WithoutAnAggregatesId_StandsInAStreamOfItsOwn()
    {
        await using var bank = Bank.Create(domain => domain.CommandHandler<Account>().On<Ask, int>((_, _) => 1));

        await bank.Domain.ProcessAsync(new Ask());

        var command = (await bank.Store.LogAsync()).ShouldHaveSingleItem();
        command.Stream.Value.ShouldBe($"bank::account:command-{command.Id}");
    }

    [Fact]
    public async Task ProcessAsync_InAnotherCategory_StandsThere()
    {
        await using var bank = Bank.Create(domain => domain.CommandHandler<Account>().StreamCategory("counter").On<Act>((_, _) => { }));

        await bank.Domain.ProcessAsync(new Act(AccountId: "a"));

        (await bank.Store.LogAsync())[0].Stream.Value.ShouldBe("bank::counter:command-a");
    }

    [Fact]
    public async Task ProcessAsync_CancelledBefore_DoesNotRunTheHandler()
    {
        var runs = 0;
        await using var bank = Bank.Acting((_, _) => Task.FromResult(runs++));

        await Should.ThrowAsync<OperationCanceledException>(() => bank.Domain.ProcessAsync(new Act(), new CancellationToken(canceled: true)));

        runs.ShouldBe(0);
        (await bank.Store.GetHeadAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task ProcessAsync_CancelledWhileTheHandlerRuns_StoresNothing()
    {
        using var cancellation = new CancellationTokenSource();
        await using var bank = Bank.Acting(async (_, context) =>
        {
            context.Repository<Account>().Add(Account.Open("a"));
            await cancellation.CancelAsync();
        });

        await Should.ThrowAsync<OperationCanceledException>(() => bank.Domain.ProcessAsync(new Act(), cancellation.Token));

        (await bank.Store.GetHeadAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task ProcessAsync_Handled_GivesTheHandlerTheCallersToken()
    {
        using var cancellation = new CancellationTokenSource();
        CancellationToken seen = default;
        await using var bank = Bank.Acting((_, context) =>
        {
            seen = context.CancellationToken;
            return Task.CompletedTask;
        });

        await bank.Domain.ProcessAsync(new Act(), cancellation.Token);

        seen.ShouldBe(cancellation.Token);
    }

    [Fact]
    public async Task ProcessAsync_WithHeaders_ShowsThemToEverythingThatFollows()
    {
        await using var bank = Bank.Acting((_, context) =>
        {
            context.Repository<Account>().Add(Account.Open("a"));
            return Task.CompletedTask;
        });

        await bank.Domain.ProcessAsync(new Act(), new CommandOptions { Headers = new Dictionary<string, string> { ["tenant"] = "t1" } });

        (await bank.Store.LogAsync()).Select(m => m.Metadata.Headers["tenant"]).ShouldBe(["t1", "t1"]);
    }

    [Fact]
    public async Task ProcessAsync_OfACommandWithAnIdThatCannotBeOne_IsRefused()
    {
        await using var bank = Bank.Acting((_, _) => Task.CompletedTask);

        await Should.ThrowAsync<InvalidAggregateIdException>(() => bank.Domain.ProcessAsync(new Act(AccountId: new string('x', 201))));
    }

    [Fact]
    public async Task ProcessAsync_OnAStoreThatFails_SurfacesItsErrorAndStoresNothing()
    {
        var store = new FaultyStore();
        await using var bank = Bank.On(store, domain => domain.CommandHandler<Account>()
            .On<Act>((_, context) => context.Repository<Account>().Add(Account.Open("a"))));
        store.FailCommit = _ => new IOException("the disk is full");

        await Should.ThrowAsync<IOException>(() => bank.ProcessAsync(new Act()));

        (await store.GetHeadAsync()).ShouldBe(0);
    }
}
