using Polly.CircuitBreaker;
using Protean.Testing;
using Shouldly;
using Xunit;

namespace Protean.Tests.Processing;

/// <summary>Handlers that are not called for a while because their calls have failed.</summary>
public sealed class CircuitBreakerTests
{
    private static readonly TimeSpan Break = TimeSpan.FromSeconds(60);

    private readonly List<string> _log = [];

    private sealed class Passing : IMessageMiddleware
    {
        public ValueTask InvokeAsync(object message, HandlerContext context, Func<ValueTask> next) => next();
    }

    [Fact]
    public async Task Scenario_InProcess_E47_ABrokenCircuit_SparesThePrimaryAndLeavesOtherHandlersAlone()
    {
        var other = 0;
        await using var bank = Bank.Create(domain =>
        {
            domain.CommandHandler<Account>().CircuitBreaker(2, Break)
                .On<Ask, int>((_, _) => Primary(() => throw new TimeoutException()))
                .Fallback<Ask, int>((_, _) => Task.FromResult(7));
            domain.CommandHandler<Shelf>().CircuitBreaker(2, Break)
                .On<Act>((_, _) => other++);
        });

        for (var i = 0; i < 3; i++)
            (await bank.Domain.ProcessAsync(new Ask())).ShouldBe(7);
        await bank.Domain.ProcessAsync(new Act());

        _log.ShouldBe(["primary", "primary"]);
        other.ShouldBe(1);
    }

    [Fact]
    public async Task CircuitBreaker_WithoutAFallback_FailsAtOnceAndTriesAgainAfterTheBreak()
    {
        using var log = new CapturedLog();
        var clock = new FakeClock();
        var fails = true;
        await using var bank = Bank.Create(
            domain =>
            {
                log.AddTo(domain);
                domain.QueryHandler().Named("asking").CircuitBreaker(2, Break).On<Look, int>((_, _) => Primary(() => fails ? throw new TimeoutException() : 42));
            },
            clock);
        for (var i = 0; i < 2; i++)
            await Should.ThrowAsync<TimeoutException>(() => bank.Domain.QueryAsync(new Look()));

        await Should.ThrowAsync<BrokenCircuitException>(() => bank.Domain.QueryAsync(new Look()));
        _log.Count.ShouldBe(2);
        log.Of(1012).ShouldHaveSingleItem().Text.ShouldBe("asking is not called for Look for 00:01:00: too many of its calls have failed");

        fails = false;
        clock.Advance(Break + TimeSpan.FromSeconds(1));
        (await bank.Domain.QueryAsync(new Look())).ShouldBe(42);
        log.Of(1013).ShouldHaveSingleItem();
        (await bank.Domain.QueryAsync(new Look())).ShouldBe(42);
    }

    [Fact]
    public async Task CircuitBreaker_ASuccessInBetween_CountsAnew()
    {
        var calls = 0;
        await using var bank = Bank.Create(domain => domain.QueryHandler().CircuitBreaker(3, Break).On<Look, int>((_, _) => ++calls == 2 ? 1 : throw new TimeoutException()));

        for (var i = 0; i < 6; i++)
            await Record.ExceptionAsync(() => bank.Domain.QueryAsync(new Look()));

        // One that fails, one that does not, three that fail in a row; then it is called no more.
        calls.ShouldBe(5);
    }

    [Fact]
    public async Task CircuitBreaker_AfterManySuccesses_BreaksAtOnceWhenCallsFailInARow()
    {
        var calls = 0;
        await using var bank = Bank.Create(domain => domain.QueryHandler().CircuitBreaker(3, Break).On<Look, int>((_, _) => ++calls <= 100 ? 1 : throw new TimeoutException()));

        for (var i = 0; i < 110; i++)
            await Record.ExceptionAsync(() => bank.Domain.QueryAsync(new Look()));

        calls.ShouldBe(103);
    }

    [Fact]
    public async Task CircuitBreaker_ATrialThatIsCancelled_SaysNothing()
    {
        var clock = new FakeClock();
        using var cancellation = new CancellationTokenSource();
        var calls = 0;
        await using var bank = Bank.Create(
            domain => domain.QueryHandler().CircuitBreaker(2, Break).On<Look, int>((_, context) =>
            {
                if (++calls == 3)
                    cancellation.Cancel();
                context.CancellationToken.ThrowIfCancellationRequested();
                return calls > 100 ? 1 : throw new TimeoutException();
            }),
            clock);
        for (var i = 0; i < 2; i++)
            await Should.ThrowAsync<TimeoutException>(() => bank.Domain.QueryAsync(new Look()));
        // So long that the failures before it count no more: the trial alone decides.
        clock.Advance(3 * Break);

        await Should.ThrowAsync<OperationCanceledException>(() => bank.Domain.QueryAsync(new Look(), cancellation.Token));
        await Should.ThrowAsync<TimeoutException>(() => bank.Domain.QueryAsync(new Look()));
        await Should.ThrowAsync<BrokenCircuitException>(() => bank.Domain.QueryAsync(new Look()));

        calls.ShouldBe(4);
    }

    [Fact]
    public async Task CircuitBreaker_WhatTheDomainRefuses_SaysNothingOfTheHandler()
    {
        var calls = 0;
        await using var bank = Bank.Create(domain => domain.CommandHandler<Account>().CircuitBreaker(2, Break)
            .On<Deposit>(async (deposit, context) =>
            {
                calls++;
                (await context.Repository<Account>().GetAsync(deposit.AccountId)).Deposit(1);
            })
            .Fallback<Deposit>((_, _) =>
            {
                _log.Add("fallback");
                return Task.CompletedTask;
            }));

        for (var i = 0; i < 4; i++)
            await Should.ThrowAsync<AggregateNotFoundException>(() => bank.Domain.ProcessAsync(new Deposit("nobody", 1)));

        calls.ShouldBe(4);
        _log.ShouldBeEmpty();
    }

    [Fact]
    public async Task CircuitBreaker_CountsErrorsOfItsTypesOnly()
    {
        var calls = 0;
        await using var bank = Bank.Create(domain => domain.QueryHandler().CircuitBreaker(2, Break, errors: typeof(TimeoutException))
            .On<Look, int>((_, _) => ++calls > 0 ? throw new NotSupportedException() : 0));

        for (var i = 0; i < 5; i++)
            await Should.ThrowAsync<NotSupportedException>(() => bank.Domain.QueryAsync(new Look()));

        calls.ShouldBe(5);
    }

    [Fact]
    public async Task Scenario_InProcess_F55_CircuitBreaker_TakesEffectOnAStream()
    {
        await using var bank = FailingNumbers.Create(_log, stream => stream.CircuitBreaker(2, Break), domain => domain.Use(new Passing()));

        await FailingNumbers.ReadAsync(bank);
        await FailingNumbers.ReadAsync(bank);
        (await FailingNumbers.ReadAsync(bank)).ShouldBe([100]);

        _log.ShouldBe(["primary", "primary"]);
    }

    [Fact]
    public async Task CircuitBreaker_OfAStreamThatIsLeftEarly_CountsItAsASuccess()
    {
        await using var bank = FailingNumbers.Create(_log, stream => stream.CircuitBreaker(2, Break));

        await FailingNumbers.ReadAsync(bank);
        await foreach (var _ in bank.Domain.StreamAsync(new FailingNumbers(), TestContext.Current.CancellationToken))
            break;
        await FailingNumbers.ReadAsync(bank);
        await FailingNumbers.ReadAsync(bank);

        _log.Count.ShouldBe(4);
    }

    private int Primary(Func<int> primary)
    {
        _log.Add("primary");
        return primary();
    }
}
