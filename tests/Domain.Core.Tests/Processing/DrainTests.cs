using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.Tests.Processing;

public sealed class DrainTests
{
    [Fact]
    public async Task Scenario_M92_AChainOfThreeHopsIsDoneWhenTheDrainReturns()
    {
        List<string> log = [];
        await using var bank = Bank.Create(domain => domain.EventHandler<Account>()
            .On<Opened>(e => e.AccountId, (account, _) => account.Deposit(1))
            .On<Deposited>(e => e.AccountId, (account, _) => account.Close())
            .On<AccountClosed>((_, _) => log.Add("closed")));
        await bank.Domain.OpenAsync("a");

        await bank.DrainAsync();

        log.ShouldBe(["closed"]);
        bank.Clock.Waiting.ShouldBe(0);
    }

    [Fact]
    public async Task DrainAsync_Twice_DeliversEachMessageOnce()
    {
        var runs = 0;
        await using var bank = Bank.Create(domain => domain.EventHandler<Account>().On<Opened>((_, _) => runs++));
        await bank.Domain.OpenAsync("a");
        await bank.DrainAsync();

        await bank.DrainAsync();

        runs.ShouldBe(1);
    }

    [Fact]
    public async Task DrainAsync_AMethodThatFails_KeepsItsSiblingsRunning()
    {
        await using var bank = Bank.Create(domain => domain.EventHandler<Account>()
            .On<Opened>(e => e.AccountId, (account, _) => account.Deposit(1))
            .On<Opened>((_, _) => throw new TimeoutException())
            .On<Opened>(e => e.AccountId, (account, _) => account.Deposit(10)));
        await bank.Domain.OpenAsync("a");

        await bank.DrainAsync();

        (await bank.Domain.BalanceAsync("a")).ShouldBe(11);
        var failure = bank.Failures.ShouldHaveSingleItem();
        (failure.Handler, failure.Method).ShouldBe(("bank::account", "Opened#2"));
    }

    [Fact]
    public async Task DrainAsync_AnEventThatCannotBeRead_FailsItsHandlerOnly()
    {
        List<string> seen = [];
        await using var bank = Bank.Create(domain => domain.EventHandler<Account>().On<Opened>((e, _) => seen.Add(e.AccountId)));
        await bank.Domain.StartAsync();
        await bank.Store.CommitAsync(new() { Appends = [new(StreamName.Parse("bank::account-x"), ExpectedVersion.Any, [Event("Bank.Opened.v1", "{}")])] });
        await bank.Domain.OpenAsync("a");

        await bank.DrainAsync();

        bank.Failures.ShouldHaveSingleItem().Error.ShouldBeOfType<MessageFormatException>();
        seen.ShouldBe(["a"]);
    }

    [Fact]
    public async Task DrainAsync_AnEventOfAnUnknownType_IsSkipped()
    {
        await using var bank = Bank.Create(domain => domain.EventHandler<Account>().OnAny((_, _) => throw new TimeoutException()));
        await bank.Domain.StartAsync();
        await bank.Store.CommitAsync(new() { Appends = [new(StreamName.Parse("bank::account-x"), ExpectedVersion.Any, [Event("Bank.Unheard.v1", "{}")])] });

        await bank.DrainAsync();

        bank.Failures.ShouldBeEmpty();
    }

    private static NewMessage Event(string type, string body) => new()
    {
        Id = Guid.CreateVersion7(),
        Type = type,
        Kind = MessageKind.Event,
        Time = DateTimeOffset.UnixEpoch,
        Body = System.Text.Encoding.UTF8.GetBytes(body),
        Metadata = new() { CorrelationId = "c" },
    };
}
