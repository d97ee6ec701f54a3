using Protean.Testing;
using Shouldly;
using Xunit;

namespace Protean.Tests.Processing;

public sealed class ConflictRetryTests
{
    private readonly List<TimeSpan> _at = [];

    [Fact]
    public async Task Scenario_F48_TwoConflictsThenSuccess_AreThreeInvocationsAndTheResultIsKept()
    {
        await using var bank = Conflicting(conflicts: 2);

        (await bank.Domain.ProcessAsync(new Ask())).ShouldBe(3);

        // Two from elsewhere and one of ours.
        (await bank.Domain.BalanceAsync("a")).ShouldBe(3);
    }

    [Fact]
    public async Task Scenario_F48_TheDelaysAre50And100And200Milliseconds()
    {
        await using var bank = Conflicting(conflicts: 3);

        await bank.Domain.ProcessAsync(new Ask());

        _at.Select(t => t.TotalMilliseconds).ShouldBe([0, 50, 150, 350]);
    }

    [Fact]
    public async Task Scenario_F48_TheDelaysAreCappedAtOneSecond()
    {
        await using var bank = Conflicting(conflicts: 7, handler => handler.RetryConflicts(7));

        await bank.Domain.ProcessAsync(new Ask());

        _at.Zip(_at.Skip(1), (a, b) => (b - a).TotalMilliseconds).ShouldBe([50, 100, 200, 400, 800, 1000, 1000]);
    }

    [Fact]
    public async Task Scenario_F48_EachAttemptHasAFreshUnit()
    {
        List<Account> seen = [];
        await using var bank = Bank.Acting(async (_, context) =>
        {
            var account = await context.Repository<Account>().GetAsync("a");
            seen.Add(account);
            account.Deposit(1);
            if (seen.Count < 3)
                await context.Domain.DepositElsewhereAsync("a");
        });
        await bank.Domain.OpenAsync("a");
        bank.Clock.SkipDelays = true;

        await bank.Domain.ProcessAsync(new Act());

        seen.Distinct().Count().ShouldBe(3);
        (await bank.Store.TypesAsync(MessageKind.HandledCommand)).ShouldBe(["Act"]);
    }

    [Fact]
    public async Task Scenario_F48_TheFourthConflictPropagates()
    {
        await using var bank = Conflicting(conflicts: 4);

        await Should.ThrowAsync<ConcurrencyException>(() => bank.Domain.ProcessAsync(new Ask()));

        _at.Count.ShouldBe(4);
        (await bank.Store.TypesAsync(MessageKind.HandledCommand)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Scenario_F48_AnotherErrorIsNotRetried()
    {
        var runs = 0;
        await using var bank = Bank.Acting((_, _) =>
        {
            runs++;
            throw new TimeoutException();
        });

        await Should.ThrowAsync<TimeoutException>(() => bank.Domain.ProcessAsync(new Act()));

        runs.ShouldBe(1);
    }

    [Fact]
    public async Task RetryConflicts_Zero_NeverRetries()
    {
        await using var bank = Conflicting(conflicts: 1, handler => handler.RetryConflicts(0));

        await Should.ThrowAsync<ConcurrencyException>(() => bank.Domain.ProcessAsync(new Ask()));

        _at.Count.ShouldBe(1);
    }

    [Fact]
    public async Task ProcessAsync_ConflictOfStoredState_IsRetried()
    {
        var runs = 0;
        await using var bank = Bank.Acting(async (_, context) =>
        {
            (await context.Repository<Shelf>().GetAsync("s")).Put(10);
            if (runs++ == 0)
                await context.Domain.StockElsewhereAsync("s");
        });
        await bank.Domain.StockAsync("s");
        bank.Clock.SkipDelays = true;

        await bank.Domain.ProcessAsync(new Act());

        (await bank.Domain.CountAsync("s")).ShouldBe(11);
    }

    [Fact]
    public async Task ProcessAsync_CancelledWhileWaitingForARetry_Stops()
    {
        using var cancellation = new CancellationTokenSource();
        var runs = 0;
        await using var bank = Bank.Acting(async (_, context) =>
        {
            runs++;
            (await context.Repository<Account>().GetAsync("a")).Deposit(1);
            await context.Domain.DepositElsewhereAsync("a");
        });
        bank.Clock.SkipDelays = false;
        await bank.Domain.OpenAsync("a");
        var processing = bank.Domain.ProcessAsync(new Act(), cancellation.Token);
        bank.Clock.Waiting.ShouldBe(1);

        await cancellation.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => processing);
        runs.ShouldBe(1);
    }

    [Fact]
    public async Task EventHandler_InConflict_IsRetriedOnFreshState()
    {
        var runs = 0;
        await using var bank = Bank.Create(domain => domain.EventHandler<Account>().Inline().On<Opened>(async (_, context) =>
        {
            (await context.Repository<Shelf>().GetAsync("s")).Put(10);
            if (runs++ < 3)
                await context.Domain.StockElsewhereAsync("s");
        }));
        await bank.Domain.StockAsync("s");
        bank.Clock.SkipDelays = true;

        await bank.Domain.OpenAsync("a");

        runs.ShouldBe(4);
        (await bank.Domain.CountAsync("s")).ShouldBe(13);
    }

    [Fact]
    public async Task Scenario_G55_AConflictOfAnInlineHandlerDoesNotRunTheCommittedCommandAgain()
    {
        var (commands, events) = (0, 0);
        await using var bank = Bank.Acting(
            (_, context) =>
            {
                commands++;
                context.Repository<Account>().Add(Account.Open("a"));
                return Task.CompletedTask;
            },
            domain => domain.EventHandler<Account>().Inline().RetryConflicts(1).On<Opened>(async (_, context) =>
            {
                events++;
                (await context.Repository<Shelf>().GetAsync("s")).Put(10);
                await context.Domain.StockElsewhereAsync("s");
            }));
        await bank.Domain.StockAsync("s");
        bank.Clock.SkipDelays = true;

        var error = await Should.ThrowAsync<ConcurrencyException>(() => bank.Domain.ProcessAsync(new Act()));

        (commands, events).ShouldBe((1, 2));
        AfterCommit.IsMarked(error).ShouldBeTrue();
    }

    private TestDomain Conflicting(int conflicts, Action<CommandHandlerBuilder<Account>>? configure = null)
    {
        var runs = 0;
        TestDomain? bank = null;
        var start = default(DateTimeOffset);
        bank = Bank.Create(domain =>
        {
            var handler = domain.CommandHandler<Account>().On<Ask, int>(async (_, context) =>
            {
                _at.Add(context.Time.GetUtcNow() - start);
                (await context.Repository<Account>().GetAsync("a")).Deposit(1);
                if (runs++ < conflicts)
                    await context.Domain.DepositElsewhereAsync("a");
                return runs;
            });
            configure?.Invoke(handler);
        });
        start = bank.Clock.GetUtcNow();
        bank.Domain.OpenAsync("a").IsCompletedSuccessfully.ShouldBeTrue();
        bank.Clock.SkipDelays = true;
        return bank;
    }
}
