using Shouldly;
using Xunit;

namespace Protean.Tests.Processing;

/// <summary>Handlers that belong to the commit that raised the event.</summary>
public sealed class SameCommitTests
{
    [Fact]
    public async Task Effects_OfTheHandler_AreInTheCommitOfItsCause()
    {
        long heads = -1;
        await using var bank = Bank.Create(domain => domain.EventHandler<Account>().InSameCommit().On<Opened>(async (_, context) =>
        {
            heads = await ((Domain)context.Domain).Store.GetHeadAsync();
            context.Repository<Shelf>().Add(Shelf.Make("s"));
        }));

        await bank.Domain.OpenAsync("a");

        heads.ShouldBe(0);
        (await bank.Store.TypesAsync()).ShouldBe(["Opened", "Stocked"]);
    }

    [Theory]
    [InlineData(InlineErrorPolicy.Throw)]
    [InlineData(InlineErrorPolicy.Isolate)]
    public async Task Scenario_InProcess_C29_AFailureOfTheHandler_RollsEverythingBack(InlineErrorPolicy policy)
    {
        using var log = new CapturedLog();
        await using var bank = Bank.Acting(
            (_, context) =>
            {
                context.Repository<Account>().Add(Account.Open("a"));
                context.Enqueue(new Act());
                return Task.CompletedTask;
            },
            domain =>
            {
                log.AddTo(domain);
                domain.InlineErrors = policy;
                domain.EventHandler<Account>().InSameCommit().On<Opened>((_, _) => throw new TimeoutException());
            });

        var error = await Should.ThrowAsync<TimeoutException>(() => bank.Domain.ProcessAsync(new Act()));

        AfterCommit.IsMarked(error).ShouldBeFalse();
        (await bank.Store.GetHeadAsync()).ShouldBe(0);
        log.Of(1002).ShouldHaveSingleItem().Text.ShouldContain("account.Opened failed on Bank.Opened.v1");
    }

    [Fact]
    public async Task Handler_SeesTheUnitsOwnInstance()
    {
        Account? given = null, seen = null;
        await using var bank = Bank.Acting(
            (_, context) =>
            {
                context.Repository<Account>().Add(given = Account.Open("a"));
                return Task.CompletedTask;
            },
            domain => domain.EventHandler<Account>().InSameCommit().On<Opened>(async (_, context) => seen = await context.Repository<Account>().GetAsync("a")));

        await bank.Domain.ProcessAsync(new Act());

        seen.ShouldNotBeNull().ShouldBeSameAs(given);
    }

    [Fact]
    public async Task FollowUps_OfTheHandler_AreHandledInTheSameCommit()
    {
        await using var bank = Bank.Create(domain => domain.EventHandler<Account>().InSameCommit()
            .On<Opened>(e => e.AccountId, (account, _) => account.Deposit(1))
            .On<Deposited>(e => e.AccountId, (account, _) => account.Close()));

        await bank.Domain.OpenAsync("a");

        (await bank.Store.TypesAsync()).ShouldBe(["Opened", "Deposited", "AccountClosed"]);
    }

    [Fact]
    public async Task Conflict_OfTheCommit_RunsTheHandlerAgainWithItsCause()
    {
        var runs = 0;
        await using var bank = Bank.Acting(
            async (_, context) => (await context.Repository<Account>().GetAsync("a")).Deposit(1),
            domain => domain.EventHandler<Account>().InSameCommit().On<Deposited>(async (e, context) =>
            {
                if (e.Amount == 1 && runs++ == 0)
                    await context.Domain.DepositElsewhereAsync("a", 10);
            }));
        await bank.Domain.OpenAsync("a");
        bank.Clock.SkipDelays = true;

        await bank.Domain.ProcessAsync(new Act());

        (runs, await bank.Domain.BalanceAsync("a")).ShouldBe((2, 11));
    }

    [Fact]
    public async Task Handler_WithASourceStream_IsGivenOnlyWhatComesFromThere()
    {
        List<string> seen = [];
        await using var bank = Bank.Acting(
            (_, context) =>
            {
                context.Repository<Account>().Add(Account.Open("inside"));
                return Task.CompletedTask;
            },
            domain => domain.EventHandler<Account>().SourceStream("account").InSameCommit().On<Opened>((e, _) => seen.Add(e.AccountId)));

        await bank.Domain.OpenAsync("outside");
        await bank.Domain.ProcessAsync(new Act());

        seen.ShouldBe(["inside"]);
    }

    [Fact]
    public async Task InlineHandlers_RunOnceWhatTheHandlerRaisedIsStored()
    {
        List<string> seen = [];
        await using var bank = Bank.Create(domain =>
        {
            domain.EventHandler<Account>().Named("same").InSameCommit().On<Opened>(e => e.AccountId, (account, _) => account.Deposit(1));
            domain.EventHandler<Account>().Named("after").Inline().OnAny((message, _) => seen.Add($"{message.Payload.GetType().Name} {message.GlobalPosition}"));
        });

        await bank.Domain.OpenAsync("a");

        seen.ShouldBe(["Opened 1", "Deposited 2"]);
    }
}
