using Microsoft.Extensions.DependencyInjection;
using Protean.Testing;
using Shouldly;
using Xunit;

namespace Protean.Tests.Processing;

/// <summary>Which handlers share scoped services, and when these are disposed.</summary>
public sealed class HandlerScopeTests
{
    private readonly List<string> _log = [];

    /// <summary>A service that is made once in a scope.</summary>
    public sealed class Work : IDisposable
    {
        private static int _count;
        private readonly List<string> _log;

        public Work(List<string> log)
        {
            _log = log;
            _log.Add("enter");
        }

        public int Number { get; } = Interlocked.Increment(ref _count);

        public void Dispose() => _log.Add("exit");
    }

    public sealed class Auditing(Work work, List<string> log) : IMessageMiddleware
    {
        public async ValueTask InvokeAsync(object message, HandlerContext context, Func<ValueTask> next)
        {
            log.Add($"audit {work.Number == context.Services.GetRequiredService<Work>().Number}");
            await next();
        }
    }

    public sealed class Closing : IHandle<Opened>, IDisposable
    {
        public Task HandleAsync(Opened message, HandlerContext context) => Task.CompletedTask;

        public void Dispose()
        {
        }
    }

    [Fact]
    public async Task Scenario_InProcess_H67_PerCall_TheCommandAndItsEventShareOneScope()
    {
        await using var bank = Create(null);

        await bank.Domain.ProcessAsync(new Act(), TestContext.Current.CancellationToken);

        _log.ShouldBe(["enter", "command", "event", "exit"]);
    }

    [Fact]
    public async Task Scenario_InProcess_H68_PerHandler_EachHasItsOwn()
    {
        await using var bank = Create(HandlerScopes.PerHandler);

        await bank.Domain.ProcessAsync(new Act(), TestContext.Current.CancellationToken);

        _log.ShouldBe(["enter", "command", "exit", "enter", "event", "exit"]);
    }

    [Fact]
    public void Scenario_InProcess_H70_PerCallWithParallelHandlers_IsAConfigurationError()
    {
        var error = Should.Throw<DomainConfigurationException>(() => Bank.Create(domain =>
        {
            domain.HandlerScopes = HandlerScopes.PerCall;
            domain.EventHandler<Account>().Named("beside").Inline().Parallel().On<Opened>((_, _) => { });
        }));

        error.Message.ShouldContain("HandlerScopes is PerCall, but 'beside' run in parallel");
        error.Message.ShouldContain("set HandlerScopes to PerHandler");
    }

    [Fact]
    public async Task Unset_WithParallelHandlers_EachHasItsOwn()
    {
        await using var bank = Create(null, domain => domain.InlineOrder = InlineOrder.Parallel);

        await bank.Domain.ProcessAsync(new Act(), TestContext.Current.CancellationToken);

        _log.ShouldBe(["enter", "command", "exit", "enter", "event", "exit"]);
    }

    [Fact]
    public async Task None_HandlersGetTheServicesOfTheHost()
    {
        await using (var bank = Create(HandlerScopes.None))
        {
            await bank.Domain.ProcessAsync(new Act("1"), TestContext.Current.CancellationToken);
            await bank.Domain.ProcessAsync(new Act("2"), TestContext.Current.CancellationToken);

            _log.ShouldBe(["enter", "command", "event", "command", "event"]);
        }

        _log[^1].ShouldBe("exit");
    }

    [Fact]
    public void None_WithADisposableHandlerClass_IsAConfigurationError() =>
        Should.Throw<DomainConfigurationException>(() => Bank.Create(domain =>
        {
            domain.HandlerScopes = HandlerScopes.None;
            domain.EventHandler<Account>().Inline().Use<Closing>();
        })).Message.ShouldContain("handler class Closing is disposable");

    [Fact]
    public async Task PerCall_ACommandWithinAHandler_SharesTheScopeOfTheOuterCall()
    {
        await using var bank = Create(null, domain =>
        {
            domain.CommandHandler<Shelf>().On<Ask, int>((_, context) => Touch(context, "nested"));
            domain.EventHandler<Account>().Named("nesting").Inline().On<Opened>(async (_, context) => await context.ProcessAsync(new Ask()));
        });

        await bank.Domain.ProcessAsync(new Act(), TestContext.Current.CancellationToken);

        _log.ShouldBe(["enter", "command", "event", "nested", "exit"]);
    }

    [Fact]
    public async Task PerCall_AHandlerThatFails_TheScopeIsDisposedBeforeTheCallerHearsOfIt()
    {
        await using var bank = Create(null, domain => domain.EventHandler<Account>().Named("failing").Inline().On<Opened>((_, _) => throw new TimeoutException())
            .HandleError((_, _, context) => Touch(context, "error handler")));

        await Should.ThrowAsync<TimeoutException>(() => bank.Domain.ProcessAsync(new Act(), TestContext.Current.CancellationToken));

        _log.ShouldBe(["enter", "command", "event", "error handler", "exit"]);
    }

    [Fact]
    public async Task PerCall_AfterAConflict_TheCommandBeginsWithFreshServices()
    {
        var first = true;
        await using var bank = Create(null, domain => domain.CommandHandler<Shelf>().On<Deposit>(async (deposit, context) =>
        {
            Touch(context, "try");
            var account = await context.Repository<Account>().GetAsync(deposit.AccountId);
            account.Deposit(deposit.Amount);
            if (first)
                await context.Domain.DepositElsewhereAsync(deposit.AccountId);
            first = false;
        }));
        await bank.Domain.OpenAsync("a");
        _log.Clear();

        await bank.Domain.ProcessAsync(new Deposit("a", 5), TestContext.Current.CancellationToken);

        _log.ShouldBe(["enter", "try", "exit", "enter", "try", "exit"]);
    }

    [Fact]
    public async Task PerCall_WhatASaveOutsideAHandlerSetsOff_IsOneCall()
    {
        await using var bank = Create(null, domain => domain.EventHandler<Account>().Named("second").Inline().On<Opened>((_, context) => Touch(context, "event 2")));

        await bank.Domain.OpenAsync("a");

        _log.ShouldBe(["enter", "event", "event 2", "exit"]);
    }

    [Fact]
    public async Task PerCall_AMiddlewareAndItsHandler_ShareTheScope()
    {
        await using var bank = Create(null, domain => domain.Use<Auditing>());

        await bank.Domain.ProcessAsync(new Act(), TestContext.Current.CancellationToken);

        _log.ShouldBe(["enter", "audit True", "command", "audit True", "event", "exit"]);
    }

    [Fact]
    public async Task PerCall_AContextThatIsUsedAfterTheCall_IsRefused()
    {
        HandlerContext? kept = null;
        await using var bank = Create(null, domain => domain.EventHandler<Account>().Named("keeping").Inline().On<Opened>((_, context) => kept = context));
        await bank.Domain.ProcessAsync(new Act(), TestContext.Current.CancellationToken);

        Should.Throw<InvalidOperationException>(() => kept!.Services).Message.ShouldContain("The call is over");
    }

    [Fact]
    public async Task PerHandler_AContextThatIsUsedAfterTheCall_IsRefused()
    {
        HandlerContext? kept = null;
        await using var bank = Create(HandlerScopes.PerHandler, domain => domain.EventHandler<Account>().Named("keeping").Inline().On<Opened>((_, context) => kept = context));
        await bank.Domain.ProcessAsync(new Act(), TestContext.Current.CancellationToken);

        Should.Throw<InvalidOperationException>(() => kept!.Services).Message.ShouldContain("The call of the handler is over");
    }

    private TestDomain Create(HandlerScopes? scopes, Action<DomainBuilder>? declare = null) => Bank.Create(domain =>
    {
        domain.Services.AddSingleton(_log);
        domain.Services.AddScoped<Work>();
        domain.HandlerScopes = scopes;
        domain.CommandHandler<Account>().On<Act>((act, context) =>
        {
            Touch(context, "command");
            context.Repository<Account>().Add(Account.Open("opened" + act.Note));
        });
        domain.EventHandler<Account>().Inline().On<Opened>((_, context) => Touch(context, "event"));
        declare?.Invoke(domain);
    });

    private int Touch(HandlerContext context, string what)
    {
        var work = context.Services.GetRequiredService<Work>();
        _log.Add(what);
        return work.Number;
    }
}
