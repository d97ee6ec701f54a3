using Protean.Testing;
using Shouldly;
using Xunit;

namespace Protean.Tests.Processing;

/// <summary>What becomes of the errors of inline handlers, under each policy.</summary>
public sealed class InlineErrorTests
{
    private readonly List<string> _log = [];

    [Fact]
    public async Task Scenario_G53_OneOfTwoThrows_TheOtherRunsTheCallerHearsOfItAndTheStateIsCommitted()
    {
        await using var bank = Failing(InlineErrorPolicy.Throw, "h1");

        await Should.ThrowAsync<TimeoutException>(() => bank.Domain.OpenAsync("a", 4));

        _log.ShouldBe(["h2"]);
        (await bank.Domain.BalanceAsync("a")).ShouldBe(4);
    }

    [Fact]
    public async Task Throw_OneError_SurfacesAsItIsAndSaysThatItIsAfterTheCommit()
    {
        await using var bank = Failing(InlineErrorPolicy.Throw, "h1");

        var error = await Should.ThrowAsync<TimeoutException>(() => bank.Domain.OpenAsync("a"));

        error.Message.ShouldBe("h1");
        AfterCommit.IsMarked(error).ShouldBeTrue();
    }

    [Fact]
    public async Task Throw_SeveralErrors_SurfaceTogether()
    {
        await using var bank = Failing(InlineErrorPolicy.Throw, "h1", "h2");

        var error = await Should.ThrowAsync<AggregateException>(() => bank.Domain.OpenAsync("a"));

        error.InnerExceptions.Select(e => e.Message).ShouldBe(["h1", "h2"]);
        AfterCommit.IsMarked(error).ShouldBeTrue();
        error.InnerExceptions.ShouldAllBe(e => AfterCommit.IsMarked(e));
    }

    [Fact]
    public async Task Isolate_AnError_LetsTheCallerHaveItsResultAndTheOthersRun()
    {
        await using var bank = Failing(InlineErrorPolicy.Isolate, "h1");

        (await bank.Domain.ProcessAsync(new Ask("a"))).ShouldBe(42);

        _log.ShouldBe(["h2"]);
    }

    [Fact]
    public async Task FailFast_AnError_SurfacesAndNothingFurtherIsStarted()
    {
        await using var bank = Failing(InlineErrorPolicy.FailFast, "h1");

        var error = await Should.ThrowAsync<TimeoutException>(() => bank.Domain.OpenAsync("a", 4));

        _log.ShouldBeEmpty();
        AfterCommit.IsMarked(error).ShouldBeTrue();
        (await bank.Domain.BalanceAsync("a")).ShouldBe(4);
    }

    [Fact]
    public async Task Scenario_InProcess_C27_FailFast_AnErrorOnTheSecondEventLeavesTheThirdUnhandled()
    {
        await using var bank = Bank.Create(domain =>
        {
            domain.InlineErrors = InlineErrorPolicy.FailFast;
            domain.EventHandler<Shelf>().Inline().On<Cheered>((e, _) =>
            {
                _log.Add($"E{e.Level}");
                if (e.Level == 1)
                    throw new TimeoutException();
            });
        });
        var shelf = Shelf.Silent("s");
        for (var level = 0; level < 3; level++)
            shelf.Cheer(level);

        await Should.ThrowAsync<TimeoutException>(() => bank.Domain.Repository<Shelf>().SaveAsync(shelf).AsTask());

        _log.ShouldBe(["E0", "E1"]);
    }

    [Fact]
    public async Task Methods_OneFails_ItsSiblingsOfTheSameHandlerStillCommit()
    {
        await using var bank = Bank.Create(domain => domain.EventHandler<Account>().Inline()
            .On<Opened>(e => e.AccountId, (account, _) => account.Deposit(1))
            .On<Opened>(e => e.AccountId, (account, _) =>
            {
                account.Deposit(10);
                throw new TimeoutException();
            })
            .On<Opened>(e => e.AccountId, (account, _) => account.Deposit(100)));

        await Should.ThrowAsync<TimeoutException>(() => bank.Domain.OpenAsync("a"));

        (await bank.Domain.BalanceAsync("a")).ShouldBe(101);
    }

    [Fact]
    public async Task Throw_AfterAnError_FollowUpsOfTheOthersAreHandled()
    {
        await using var bank = Bank.Create(domain =>
        {
            domain.EventHandler<Account>().Named("h1").Inline().On<Opened>((_, _) => throw new TimeoutException());
            domain.EventHandler<Account>().Named("h2").Inline().On<Opened>(e => e.AccountId, (account, _) => account.Deposit(1));
            domain.EventHandler<Account>().Named("h3").Inline().On<Deposited>((_, _) => _log.Add("follow-up"));
        });

        await Should.ThrowAsync<TimeoutException>(() => bank.Domain.OpenAsync("a"));

        _log.ShouldBe(["follow-up"]);
    }

    [Fact]
    public async Task Cancellation_WhileAHandlerRuns_IsNoFailureAndNothingFurtherIsStarted()
    {
        using var cancellation = new CancellationTokenSource();
        var told = 0;
        await using var bank = Bank.Create(domain =>
        {
            domain.EventHandler<Account>().Named("h1").Inline()
                .On<Opened>(async (_, context) =>
                {
                    await cancellation.CancelAsync();
                    context.CancellationToken.ThrowIfCancellationRequested();
                })
                .HandleError((_, _, _) => told++);
            domain.EventHandler<Account>().Named("h2").Inline().On<Opened>((_, _) => _log.Add("h2"));
        });

        var error = await Record.ExceptionAsync(() => bank.Domain.Repository<Account>().SaveAsync(Account.Open("a"), cancellation.Token).AsTask());

        (told, _log.Count).ShouldBe((0, 0));
        AfterCommit.IsMarked(error.ShouldBeAssignableTo<OperationCanceledException>()!).ShouldBeTrue();
        (await bank.Domain.Repository<Account>().ExistsAsync("a")).ShouldBeTrue();
    }

    [Fact]
    public async Task Cancellation_OfAHandlersOwn_IsAFailureLikeAnother()
    {
        await using var bank = Bank.Create(domain =>
        {
            domain.InlineErrors = InlineErrorPolicy.Isolate;
            domain.EventHandler<Account>().Named("h1").Inline().On<Opened>((_, _) => throw new OperationCanceledException());
            domain.EventHandler<Account>().Named("h2").Inline().On<Opened>((_, _) => _log.Add("h2"));
        });

        await bank.Domain.OpenAsync("a");

        _log.ShouldBe(["h2"]);
    }

    [Fact]
    public async Task Error_BeforeTheCommit_IsNotMarked()
    {
        await using var bank = Bank.Acting((_, _) => throw new TimeoutException());

        var error = await Should.ThrowAsync<TimeoutException>(() => bank.Domain.ProcessAsync(new Act()));

        AfterCommit.IsMarked(error).ShouldBeFalse();
    }

    [Fact]
    public async Task Error_AfterANestedCommandsCommit_IsNotMarkedForTheOuterOne()
    {
        bool? inside = null;
        await using var bank = Bank.Create(domain =>
        {
            domain.CommandHandler<Account>()
                .On<Act>(async (_, context) =>
                {
                    try
                    {
                        await context.ProcessAsync(new Ask("a"));
                    }
                    catch (TimeoutException e)
                    {
                        inside = AfterCommit.IsMarked(e);
                        throw;
                    }
                })
                .On<Ask, int>((ask, context) =>
                {
                    context.Repository<Account>().Add(Account.Open(ask.Note));
                    return 1;
                });
            domain.EventHandler<Account>().Inline().On<Opened>((_, _) => throw new TimeoutException());
        });

        var error = await Should.ThrowAsync<TimeoutException>(() => bank.Domain.ProcessAsync(new Act()));

        inside.ShouldBe(true);
        AfterCommit.IsMarked(error).ShouldBeFalse();
    }

    private TestDomain Failing(InlineErrorPolicy policy, params string[] failing) => Bank.Create(domain =>
    {
        domain.InlineErrors = policy;
        domain.CommandHandler<Account>().On<Ask, int>((ask, context) =>
        {
            context.Repository<Account>().Add(Account.Open(ask.Note));
            return 42;
        });
        foreach (var name in (string[])["h1", "h2"])
        {
            domain.EventHandler<Account>().Named(name).Inline().On<Opened>((_, _) =>
            {
                if (failing.Contains(name))
                    throw new TimeoutException(name);
                _log.Add(name);
            });
        }
    });
}
