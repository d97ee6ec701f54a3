using Shouldly;
using Xunit;

namespace Protean.Tests.Processing;

public sealed class CausationTests
{
    [Fact]
    public async Task Scenario_M94_AChainSharesACorrelationAndEachIsCausedByTheOneBefore()
    {
        await using var bank = Chain();

        await bank.Domain.ProcessAsync(new Act(), new CommandOptions { CorrelationId = "c-1" });

        var log = await bank.Store.LogAsync();
        log.Select(m => m.Type).ShouldBe(["Bank.Act.v1", "Bank.Opened.v1", "Bank.Deposit.v1", "Bank.Deposited.v1"]);
        log.ShouldAllBe(m => m.Metadata.CorrelationId == "c-1");
        log.Select(m => m.Metadata.CausationId).ShouldBe([null, log[0].Id, log[1].Id, log[2].Id]);
    }

    [Fact]
    public async Task Scenario_M94_EffectsOfTheRootListAllInOrder()
    {
        await using var bank = Chain();
        await bank.Domain.ProcessAsync(new Act());
        await bank.Domain.OpenAsync("unrelated");
        var log = await bank.Store.LogAsync();

        var effects = await bank.Domain.EffectsAsync(log[0].Id);

        effects.Select(m => m.Id).ShouldBe(log.Take(4).Select(m => m.Id));
    }

    [Fact]
    public async Task EffectsAsync_OfAMessageInTheMiddle_ListsOnlyWhatFollowedFromIt()
    {
        await using var bank = Chain();
        await bank.Domain.ProcessAsync(new Act());
        var log = await bank.Store.LogAsync();

        (await bank.Domain.EffectsAsync(log[2].Id)).Select(m => m.Id).ShouldBe([log[2].Id, log[3].Id]);
    }

    [Fact]
    public async Task EffectsAsync_OfAnUnknownMessage_IsEmpty()
    {
        await using var bank = Bank.Create();

        (await bank.Domain.EffectsAsync(Guid.NewGuid())).ShouldBeEmpty();
    }

    [Fact]
    public async Task ProcessAsync_OfAContext_IsCausedByTheHandledMessage()
    {
        await using var bank = Chain();
        await bank.Domain.ProcessAsync(new Act());
        var log = await bank.Store.LogAsync();

        var command = log[2].Metadata;

        (command.CauseStream, command.OriginStream, command.RootStream)
            .ShouldBe(("bank::account-a", "bank::account-a", "bank::account:command-acts"));
    }

    [Fact]
    public async Task Events_OfACommandThatAnEventCaused_HaveTheEventsStreamAsOrigin()
    {
        await using var bank = Chain();
        await bank.Domain.ProcessAsync(new Act());
        var log = await bank.Store.LogAsync();

        var last = log[3].Metadata;

        (last.CauseStream, last.OriginStream).ShouldBe(("bank::account:command-a", "bank::account-a"));
    }

    [Fact]
    public async Task SaveAsync_OutsideOfAnything_BeginsAChain()
    {
        await using var bank = Bank.Create();

        await bank.Domain.OpenAsync("a");

        var metadata = (await bank.Store.LogAsync())[0].Metadata;
        metadata.CorrelationId.ShouldNotBeNullOrEmpty();
        (metadata.CausationId, metadata.CauseStream, metadata.OriginStream, metadata.RootStream).ShouldBe((null, null, null, null));
    }

    [Fact]
    public async Task BeginUnitOfWork_WithinAHandler_IsCausedByTheHandledMessage()
    {
        await using var bank = Bank.Acting((_, context) =>
        {
            var unit = context.Domain.BeginUnitOfWork();
            unit.Repository<Account>().Add(Account.Open("a"));
            return unit.CommitAsync();
        });

        await bank.Domain.ProcessAsync(new Act());

        var log = await bank.Store.LogAsync();
        log[0].Metadata.CausationId.ShouldBe(log[1].Id);
    }

    private static Protean.Testing.TestDomain Chain() => Bank.Create(domain =>
    {
        domain.CommandHandler<Account>()
            .On<Act>((_, context) => context.Repository<Account>().Add(Account.Open("a")))
            .On<Deposit>(c => c.AccountId, (account, c) => account.Deposit(c.Amount));
        domain.EventHandler<Account>().Inline().On<Opened>((e, context) => context.ProcessAsync(new Deposit(e.AccountId, 1)));
    });
}
