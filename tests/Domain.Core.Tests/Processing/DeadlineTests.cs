using Protean.Testing;
using Shouldly;
using Xunit;

namespace Protean.Tests.Processing;

public sealed class DeadlineTests
{
    [Fact]
    public async Task Scenario_H57_ALateCommandIsRefusedBeforeAnythingIsStored()
    {
        var runs = 0;
        await using var bank = Bank.Acting((_, _) => Task.FromResult(runs++));

        var error = await Should.ThrowAsync<DeadlineExceededException>(() => bank.Domain.ProcessAsync(new Act(), Until(bank, -1)));

        error.Command.ShouldBe(typeof(Act));
        runs.ShouldBe(0);
        (await bank.Store.GetHeadAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Scenario_H57_ACommandInTimeIsExecuted()
    {
        await using var bank = Bank.Acting((_, _) => Task.CompletedTask);

        await bank.Domain.ProcessAsync(new Act(), Until(bank, 0));

        (await bank.Store.TypesAsync()).ShouldBe(["Act"]);
    }

    [Fact]
    public async Task Scenario_H57_AQueuedCommandPastItsDeadlineIsNotExecuted()
    {
        var (runs, told) = (0, 0);
        await using var bank = Bank.Create(domain => domain.CommandHandler<Account>()
            .On<Act>((_, _) => runs++)
            .HandleError((_, _, _) => told++));
        var handle = await bank.Domain.EnqueueAsync(new Act(), Until(bank, 60));
        bank.Clock.Advance(TimeSpan.FromSeconds(61));

        await bank.DrainAsync();

        (runs, told, bank.Failures.Count).ShouldBe((0, 0, 0));
        (await Should.ThrowAsync<CommandFailedException>(() => handle.WaitAsync())).Message.ShouldContain(nameof(DeadlineExceededException));
    }

    [Fact]
    public async Task Scenario_H57_AQueuedCommandNotYetPastItsDeadlineIsExecuted()
    {
        var runs = 0;
        await using var bank = Bank.Create(domain => domain.CommandHandler<Account>().On<Act>((_, _) => runs++));
        await bank.Domain.EnqueueAsync(new Act(), Until(bank, 60));
        bank.Clock.Advance(TimeSpan.FromSeconds(59));

        await bank.DrainAsync();

        runs.ShouldBe(1);
    }

    [Fact]
    public async Task EnqueueAsync_PastTheDeadline_IsRefusedAndStoresNothing()
    {
        await using var bank = Bank.Acting((_, _) => Task.CompletedTask);

        await Should.ThrowAsync<DeadlineExceededException>(() => bank.Domain.EnqueueAsync(new Act(), Until(bank, -1)));

        (await bank.Store.GetHeadAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task DrainAsync_WhenANestedCommandWasLate_IsTheOuterCommandsFailure()
    {
        var told = 0;
        await using var bank = Bank.Create(domain => domain.CommandHandler<Account>()
            .On<Act>((_, context) => context.ProcessAsync(new Ask(), new CommandOptions { Deadline = DateTimeOffset.UnixEpoch }))
            .On<Ask, int>((_, _) => 1)
            .HandleError((_, _, _) => told++));
        await bank.Domain.EnqueueAsync(new Act());

        await bank.DrainAsync();

        bank.Failures.ShouldHaveSingleItem().Error.ShouldBeOfType<DeadlineExceededException>();
        told.ShouldBe(1);
    }

    [Fact]
    public async Task Scenario_F50_NoRetryIsBegunThatWouldStartAfterTheDeadline()
    {
        var runs = 0;
        await using var bank = Bank.Acting(async (_, context) =>
        {
            runs++;
            (await context.Repository<Account>().GetAsync("a")).Deposit(1);
            await context.Domain.DepositElsewhereAsync("a");
        });
        await bank.Domain.OpenAsync("a");
        bank.Clock.SkipDelays = true;
        var deadline = new CommandOptions { Deadline = bank.Clock.GetUtcNow() + TimeSpan.FromMilliseconds(149) };

        await Should.ThrowAsync<ConcurrencyException>(() => bank.Domain.ProcessAsync(new Act(), deadline));

        // 50 ms fit before the deadline, 50 + 100 ms do not.
        runs.ShouldBe(2);
    }

    [Fact]
    public async Task Scenario_F50_ARetryThatStartsAtTheDeadlineIsStillBegun()
    {
        var runs = 0;
        await using var bank = Bank.Acting(async (_, context) =>
        {
            runs++;
            (await context.Repository<Account>().GetAsync("a")).Deposit(1);
            await context.Domain.DepositElsewhereAsync("a");
        });
        await bank.Domain.OpenAsync("a");
        bank.Clock.SkipDelays = true;
        var deadline = new CommandOptions { Deadline = bank.Clock.GetUtcNow() + TimeSpan.FromMilliseconds(150) };

        await Should.ThrowAsync<ConcurrencyException>(() => bank.Domain.ProcessAsync(new Act(), deadline));

        runs.ShouldBe(3);
    }

    [Fact]
    public async Task Deadline_OfACommand_IsNotPassedOnToWhatFollows()
    {
        await using var bank = Bank.Acting((_, context) =>
        {
            context.Repository<Account>().Add(Account.Open("a"));
            return Task.CompletedTask;
        });

        await bank.Domain.ProcessAsync(new Act(), Until(bank, 60));

        (await bank.Store.LogAsync(MessageKind.Event)).ShouldHaveSingleItem().Metadata.Deadline.ShouldBeNull();
    }

    private static CommandOptions Until(TestDomain bank, int seconds) => new() { Deadline = bank.Clock.GetUtcNow() + TimeSpan.FromSeconds(seconds) };
}
