using Microsoft.Extensions.DependencyInjection;
using Protean.Testing;
using Shouldly;
using Xunit;

namespace Protean.Tests.Processing;

/// <summary>What stands in for a handler that fails, and handlers that are not called for a while.</summary>
public sealed class FallbackTests
{
    private static readonly TimeSpan Break = TimeSpan.FromSeconds(60);

    private readonly List<string> _log = [];

    public sealed class PrimaryAsk(List<string> log) : IHandle<Ask, int>
    {
        public Task<int> HandleAsync(Ask request, HandlerContext context)
        {
            log.Add("primary");
            throw new TimeoutException();
        }
    }

    public sealed class OtherAsk(List<string> log) : IHandle<Ask, int>
    {
        public Task<int> HandleAsync(Ask request, HandlerContext context)
        {
            log.Add($"fallback after {context.Error!.GetType().Name}");
            return Task.FromResult(7);
        }
    }

    public sealed class AskInWords : IHandle<Ask, string>
    {
        public Task<string> HandleAsync(Ask request, HandlerContext context) => Task.FromResult("seven");
    }

    public sealed class OtherDeposit : IHandle<Deposit>
    {
        public Task HandleAsync(Deposit message, HandlerContext context) => Task.CompletedTask;
    }

    public sealed class Silent;

    public sealed class Brittle : IDisposable
    {
        public void Dispose() => throw new NotSupportedException();
    }

    public sealed class Unit(List<string> log) : IDisposable
    {
        public static Unit Enter(List<string> log)
        {
            log.Add("enter");
            return new(log);
        }

        public void Dispose() => log.Add("exit");
    }

    private sealed class Ending(List<string> log) : IMessageMiddleware
    {
        public async ValueTask InvokeAsync(object message, HandlerContext context, Func<ValueTask> next)
        {
            _ = context.Services.GetRequiredService<Unit>();
            try
            {
                await next();
                log.Add("commit");
            }
            catch
            {
                log.Add("rollback");
                throw;
            }
        }
    }

    [Fact]
    public async Task Scenario_InProcess_E45_AnErrorOfAnotherType_ReachesTheCaller()
    {
        await using var bank = Asking(() => throw new TimeoutException("late"), typeof(ArgumentException));

        (await Should.ThrowAsync<TimeoutException>(() => bank.Domain.ProcessAsync(new Ask()))).Message.ShouldBe("late");

        _log.ShouldBe(["primary"]);
    }

    [Theory]
    [InlineData(typeof(TimeoutException))]
    [InlineData(typeof(SystemException))]
    [InlineData(null)]
    public async Task Fallback_ForAnErrorOfItsTypes_Answers(Type? type)
    {
        await using var bank = Asking(() => throw new TimeoutException("late"), type is null ? [] : [typeof(ArgumentException), type]);

        (await bank.Domain.ProcessAsync(new Ask())).ShouldBe(7);

        _log.ShouldBe(["primary", "fallback after late"]);
    }

    [Fact]
    public async Task Scenario_InProcess_E46_ThePrimarySucceeds_TheFallbackIsNotCalled()
    {
        await using var bank = Asking(() => 42);

        (await bank.Domain.ProcessAsync(new Ask())).ShouldBe(42);

        _log.ShouldBe(["primary"]);
    }

    [Fact]
    public async Task Fallback_AServiceThatFailsToBeDisposedAfterTheCommit_DoesNotStandIn()
    {
        await using var bank = Bank.Create(domain =>
        {
            domain.HandlerScopes = HandlerScopes.PerHandler;
            domain.Services.AddScoped<Brittle>();
            domain.CommandHandler<Account>()
                .On<Act>((act, context) =>
                {
                    _ = context.Services.GetRequiredService<Brittle>();
                    context.Repository<Account>().Add(Account.Open("a"));
                })
                .Fallback<Act>((_, _) =>
                {
                    _log.Add("fallback");
                    return Task.CompletedTask;
                });
        });

        var error = await Should.ThrowAsync<NotSupportedException>(() => bank.Domain.ProcessAsync(new Act()));

        AfterCommit.IsMarked(error).ShouldBeTrue();
        _log.ShouldBeEmpty();
    }

    [Fact]
    public async Task Fallback_Effects_AreStoredAndThoseOfThePrimaryAreNot()
    {
        await using var bank = Bank.Create(domain =>
        {
            domain.CommandHandler<Account>()
                .On<Act>((_, context) =>
                {
                    context.Repository<Account>().Add(Account.Open("primary"));
                    throw new TimeoutException();
                })
                .Fallback<Act>((_, context) =>
                {
                    context.Repository<Account>().Add(Account.Open("fallback"));
                    return Task.CompletedTask;
                });
            domain.EventHandler<Account>().Inline().On<Opened>((e, _) => _log.Add(e.AccountId));
        });

        await bank.Domain.ProcessAsync(new Act());

        _log.ShouldBe(["fallback"]);
        (await bank.Store.TypesAsync()).ShouldBe(["Act", "Opened"], ignoreOrder: true);
        (await bank.Domain.Repository<Account>().ExistsAsync("primary")).ShouldBeFalse();
    }

    [Fact]
    public async Task Scenario_InProcess_H69_ScopePerHandler_EachHasItsOwn()
    {
        await using var bank = Asking(() => throw new TimeoutException("late"), [], domain =>
        {
            domain.HandlerScopes = HandlerScopes.PerHandler;
            domain.Services.AddScoped(_ => Unit.Enter(_log));
            domain.Use(new Ending(_log));
        });

        await bank.Domain.ProcessAsync(new Ask());

        _log.ShouldBe(["enter", "primary", "rollback", "exit", "enter", "fallback after late", "commit", "exit"]);
    }

    [Fact]
    public async Task Scenario_InProcess_C30_ACancelledCall_IsNoFailureAndHasNoFallback()
    {
        using var cancellation = new CancellationTokenSource();
        await using var bank = Asking(() =>
        {
            cancellation.Cancel();
            cancellation.Token.ThrowIfCancellationRequested();
            return 0;
        });

        await Should.ThrowAsync<OperationCanceledException>(() => bank.Domain.ProcessAsync(new Ask(), cancellation.Token));

        _log.ShouldBe(["primary"]);
    }

    [Fact]
    public async Task Fallback_AnInlineHandlerFailsAfterTheCommit_DoesNotStandIn()
    {
        await using var bank = Bank.Create(domain =>
        {
            domain.CommandHandler<Account>()
                .On<Act>((_, context) => context.Repository<Account>().Add(Account.Open("a")))
                .Fallback<Act>((_, _) =>
                {
                    _log.Add("fallback");
                    return Task.CompletedTask;
                });
            domain.EventHandler<Account>().Inline().On<Opened>((_, _) => throw new TimeoutException());
        });

        await Should.ThrowAsync<TimeoutException>(() => bank.Domain.ProcessAsync(new Act()));

        _log.ShouldBeEmpty();
    }

    [Fact]
    public async Task Fallback_ThatFailsToo_IsWhatTheCallerHears()
    {
        await using var bank = Bank.Create(domain => domain.CommandHandler<Account>()
            .On<Ask, int>((_, _) => Primary(() => throw new TimeoutException()))
            .Fallback<Ask, int>((_, context) => throw new NotSupportedException("neither", context.Error)));

        (await Should.ThrowAsync<NotSupportedException>(() => bank.Domain.ProcessAsync(new Ask()))).InnerException.ShouldBeOfType<TimeoutException>();
    }

    [Fact]
    public async Task FallbackTo_AClass_StandsInForAClass()
    {
        await using var bank = Bank.Create(domain =>
        {
            domain.Services.AddSingleton(_log);
            domain.CommandHandler<Account>().Use<PrimaryAsk>().FallbackTo<OtherAsk>();
        });

        (await bank.Domain.ProcessAsync(new Ask())).ShouldBe(7);

        _log.ShouldBe(["primary", "fallback after TimeoutException"]);
    }

    [Fact]
    public async Task Fallback_OfAnEnqueuedCommand_StandsInAndItsOutcomeIsKept()
    {
        await using var bank = Asking(() => throw new TimeoutException("late"));
        var handle = await bank.Domain.EnqueueAsync(new Ask());

        await bank.DrainAsync();

        (await handle.WaitAsync<int>(TestContext.Current.CancellationToken)).ShouldBe(7);
        bank.Failures.ShouldBeEmpty();
    }

    [Fact]
    public async Task Fallback_OfAnEventHandler_StandsInWithItsOwnEffects()
    {
        using var log = new CapturedLog();
        await using var bank = Bank.Create(domain =>
        {
            log.AddTo(domain);
            domain.EventHandler<Account>().Named("paying").InEngine()
                .On<Opened>(e => e.AccountId, (account, _) =>
                {
                    account.Deposit(1);
                    throw new TimeoutException();
                })
                .Fallback<Opened>(async (e, context) => (await context.Repository<Account>().GetAsync(e.AccountId)).Deposit(10));
        });
        await bank.Domain.OpenAsync("a");

        await bank.DrainAsync();

        (await bank.Domain.BalanceAsync("a")).ShouldBe(10);
        bank.Failures.ShouldBeEmpty();
        log.Of(1011).ShouldHaveSingleItem().Error.ShouldBeOfType<TimeoutException>();
    }

    [Fact]
    public async Task Stream_ThatFails_GoesOnWithItsFallbackAfterTheItemsItHasGiven()
    {
        await using var bank = FailingNumbers.Create(_log);

        (await FailingNumbers.ReadAsync(bank)).ShouldBe([1, 100]);

        (await bank.Domain.Repository<Account>().ExistsAsync("given 1")).ShouldBeTrue();
        (await bank.Domain.Repository<Account>().ExistsAsync("given 2")).ShouldBeFalse();
    }

    [Fact]
    public void Declarations_ThatCannotWork_AreFindings()
    {
        var error = Should.Throw<DomainConfigurationException>(() => Bank.Create(domain =>
        {
            domain.Services.AddSingleton(_log);
            domain.CommandHandler<Account>().Named("asking").Use<PrimaryAsk>().FallbackTo<OtherDeposit>().FallbackTo<Silent>();
            domain.CommandHandler<Shelf>().Named("acting").On<Act>((_, _) => { })
                .Fallback<Deposit>((_, _) => Task.CompletedTask)
                .Fallback<Act>((_, _) => Task.CompletedTask)
                .Fallback<Act>((_, _) => Task.CompletedTask);
            domain.EventHandler<Account>().Named("within").InSameCommit().On<Opened>((_, _) => { }).Fallback<Opened>((_, _) => Task.CompletedTask);
            domain.EventHandler<Account>().Named("engine").InEngine().CircuitBreaker(2, Break).On<Opened>((_, _) => { });
        }));

        error.Message.ShouldContain("OtherDeposit is the fallback of asking and handles Deposit, which asking does not: a fallback takes and returns what its handler does");
        error.Message.ShouldContain("Silent is the fallback of asking, but handles nothing that it could");
        error.Message.ShouldContain("acting has a fallback for Deposit, but does not handle it");
        error.Message.ShouldContain("acting has two fallbacks for Act: one stands in");
        error.Message.ShouldContain("Event handler within is part of the commit that raises the event");
        error.Message.ShouldContain("Event handler engine runs in the Engine and has a circuit breaker, but no fallback for everything it handles");
    }

    [Fact]
    public void Scenario_InProcess_E48_AFallbackWithAnotherResult_IsAFinding() =>
        Should.Throw<DomainConfigurationException>(() => Bank.Create(domain =>
        {
            domain.Services.AddSingleton(_log);
            domain.CommandHandler<Account>().Named("asking").Use<PrimaryAsk>().FallbackTo<AskInWords>();
        })).Message.ShouldContain("AskInWords");

    [Fact]
    public void Scenario_InProcess_E48_ValuesThatCannotBe_AreRefusedWhereTheyAreGiven()
    {
        Bank.Create(domain =>
        {
            var handler = domain.QueryHandler().On<Look, int>((_, _) => 0);
            Should.Throw<ArgumentException>(() => handler.Fallback<Look, int>((_, _) => Task.FromResult(0), typeof(string))).Message.ShouldContain("String is no type of error");
            Should.Throw<ArgumentOutOfRangeException>(() => handler.CircuitBreaker(0, Break));
            Should.Throw<ArgumentOutOfRangeException>(() => handler.CircuitBreaker(2, TimeSpan.Zero));
        });
    }

    private TestDomain Asking(Func<int> primary, params Type[] errors) => Asking(primary, errors, null);

    private TestDomain Asking(Func<int> primary, Type[] errors, Action<DomainBuilder>? declare) => Bank.Create(domain =>
    {
        domain.CommandHandler<Account>()
            .On<Ask, int>((_, _) => Primary(primary))
            .Fallback<Ask, int>(
                (_, context) =>
                {
                    _log.Add($"fallback after {context.Error!.Message}");
                    return Task.FromResult(7);
                },
                errors);
        declare?.Invoke(domain);
    });

    private int Primary(Func<int> primary)
    {
        _log.Add("primary");
        return primary();
    }
}
