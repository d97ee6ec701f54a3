using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;

namespace Protean.Tests.Processing;

/// <summary>What is injected, or found through <see cref="IDomain"/>, works in the unit of work of the handler that runs.</summary>
public sealed class AmbientUnitTests
{
    [Fact]
    public async Task InjectedRepository_InAHandlerClass_JoinsTheHandlersUnit()
    {
        await using var bank = Bank.Create(domain => domain.CommandHandler<Account>().Use<OpeningThenFailing>());

        await Should.ThrowAsync<TimeoutException>(() => bank.Domain.ProcessAsync(new Act()));

        (await bank.Store.GetHeadAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task InjectedRepository_InASingletonThatAHandlerClassUses_JoinsTheHandlersUnit()
    {
        await using var bank = Bank.Create(domain =>
        {
            domain.Services.AddSingleton<Opening>();
            domain.CommandHandler<Account>().Use<OpeningThroughSingleton>();
        });

        await bank.Domain.ProcessAsync(new Act("a"));

        (await bank.Store.TypesAsync()).ShouldBe(["Act", "Opened"]);
    }

    [Fact]
    public async Task DomainRepository_InALambdaHandler_JoinsTheHandlersUnit()
    {
        await using var bank = Bank.Acting(async (_, context) =>
        {
            await context.Domain.Repository<Account>().SaveAsync(Account.Open("a"));
            throw new TimeoutException();
        });

        await Should.ThrowAsync<TimeoutException>(() => bank.Domain.ProcessAsync(new Act()));

        (await bank.Store.GetHeadAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task InjectedRepository_CapturedByALambdaHandler_JoinsTheHandlersUnit()
    {
        IRepository<Account>? captured = null;
        await using var bank = Bank.Acting((_, _) =>
        {
            captured!.Add(Account.Open("a"));
            return Task.CompletedTask;
        });
        captured = bank.Domain.Repository<Account>();

        await bank.Domain.ProcessAsync(new Act());

        (await bank.Domain.Repository<Account>().ExistsAsync("a")).ShouldBeTrue();
    }

    [Fact]
    public async Task InjectedView_InALambdaHandler_SeesWhatTheUnitChanged()
    {
        Balances? seen = null;
        IView<Balances>? captured = null;
        await using var bank = Bank.Create(domain =>
        {
            domain.Projection<Balances>().From<Account>().Inline().On<Opened>(e => e.AccountId, (view, e) => view with { Sum = e.Balance });
            domain.EventHandler<Account>().InSameCommit().On<Opened>(async (_, _) => seen = await captured!.GetAsync("a"));
        });
        captured = bank.Domain.View<Balances>();

        await bank.Domain.OpenAsync("a", 9);

        seen.ShouldBe(new("a", 9));
    }

    [Fact]
    public async Task DomainProcessAsync_InALambdaHandler_GetsAUnitOfItsOwn()
    {
        await using var bank = Bank.Create(domain => domain.CommandHandler<Account>()
            .On<Act>(async (_, context) =>
            {
                await context.Domain.ProcessAsync(new Ask());
                throw new TimeoutException();
            })
            .On<Ask, int>((_, context) =>
            {
                context.Domain.Repository<Account>().Add(Account.Open("inner"));
                return 1;
            }));

        await Should.ThrowAsync<TimeoutException>(() => bank.Domain.ProcessAsync(new Act()));

        (await bank.Store.TypesAsync()).ShouldBe(["Ask", "Opened"]);
    }

    [Fact]
    public async Task DomainProcessAsync_InALambdaHandler_IsCausedByTheHandledMessage()
    {
        await using var bank = Bank.Create(domain => domain.CommandHandler<Account>()
            .On<Act>((_, context) => context.Domain.ProcessAsync(new Ask()))
            .On<Ask, int>((_, _) => 1));

        await bank.Domain.ProcessAsync(new Act());

        var log = await bank.Store.LogAsync();
        log[0].Metadata.CausationId.ShouldBe(log[1].Id);
    }

    [Fact]
    public async Task InjectedRepository_AfterANestedCommand_IsTheOuterHandlersAgain()
    {
        IRepository<Account>? captured = null;
        await using var bank = Bank.Create(domain => domain.CommandHandler<Account>()
            .On<Act>(async (_, context) =>
            {
                await context.ProcessAsync(new Ask());
                captured!.Add(Account.Open("outer"));
            })
            .On<Ask, int>((_, _) => 1));
        captured = bank.Domain.Repository<Account>();

        await bank.Domain.ProcessAsync(new Act());

        (await bank.Store.TypesAsync()).ShouldBe(["Ask", "Act", "Opened"]);
    }

    [Fact]
    public async Task InjectedRepository_AfterTheCall_StandsAloneAgain()
    {
        await using var bank = Bank.Acting((_, _) => Task.CompletedTask);
        await bank.Domain.ProcessAsync(new Act());

        await bank.Domain.OpenAsync("a");

        (await bank.Domain.Repository<Account>().ExistsAsync("a")).ShouldBeTrue();
    }

    [Fact]
    public async Task Repository_OfAnotherDomainWithinAHandler_IsNotTheHandlersUnit()
    {
        await using var other = Bank.Create();
        await using var bank = Bank.Acting((_, _) => other.Domain.OpenAsync("elsewhere"));

        await bank.Domain.ProcessAsync(new Act());

        (await other.Store.TypesAsync()).ShouldBe(["Opened"]);
        (await bank.Store.TypesAsync()).ShouldBe(["Act"]);
    }

    [Fact]
    public async Task HandlerClass_WithAScopedService_GetsOneForEachCall()
    {
        ScopedThing.Made.Clear();
        await using var bank = Bank.Create(domain =>
        {
            domain.Services.AddScoped<ScopedThing>();
            domain.CommandHandler<Account>().Use<UsingScoped>();
        });

        await bank.Domain.ProcessAsync(new Act());
        await bank.Domain.ProcessAsync(new Act());

        ScopedThing.Made.Select(t => t.Disposed).ShouldBe([true, true]);
    }

    private sealed class OpeningThenFailing(IRepository<Account> accounts) : IHandle<Act>
    {
        public async Task HandleAsync(Act message, HandlerContext context)
        {
            await accounts.SaveAsync(Account.Open("a"));
            throw new TimeoutException();
        }
    }

    private sealed class Opening(IRepository<Account> accounts)
    {
        public void Open(string id) => accounts.Add(Account.Open(id));
    }

    private sealed class OpeningThroughSingleton(Opening opening) : IHandle<Act>
    {
        public Task HandleAsync(Act message, HandlerContext context)
        {
            opening.Open(message.Note);
            return Task.CompletedTask;
        }
    }

    private sealed class ScopedThing : IDisposable
    {
        public static List<ScopedThing> Made { get; } = [];

        public bool Disposed { get; private set; }

        public ScopedThing() => Made.Add(this);

        public void Dispose() => Disposed = true;
    }

    private sealed class UsingScoped(ScopedThing thing) : IHandle<Act>
    {
        public Task HandleAsync(Act message, HandlerContext context)
        {
            thing.Disposed.ShouldBeFalse();
            return Task.CompletedTask;
        }
    }
}
