using Protean.Tests.Processing;
using Shouldly;
using Xunit;

namespace Protean.Tests.Bus;

/// <summary>What is published within a unit of work is published after its commit, or never.</summary>
public sealed class UnitTests
{
    private readonly List<string> _order = [];

    [Fact]
    public async Task Publish_InAHandler_HappensAfterTheCommitAndBeforeInlineHandlers()
    {
        await using var bank = Bank.Acting(
            async (_, context) =>
            {
                context.Repository<Account>().Add(Account.Open("a"));
                await ((Domain)context.Domain).Bus.PublishAsync(new UserFollowed(1));
                context.Publish(new UserFollowed(2));
                _order.Add("handler");
            },
            domain => domain.EventHandler<Account>().Inline().On<Opened>((_, _) => { _order.Add("inline"); }));
        bank.Bus.Subscribe<UserFollowed>(async e =>
        {
            (await bank.Domain.BalanceAsync("a")).ShouldBe(0);
            _order.Add($"subscriber {e.UserId}");
        });

        await bank.Domain.ProcessAsync(new Act());

        bank.Domain.Store.ShouldNotBeNull();
        _order.ShouldBe(["handler", "subscriber 1", "subscriber 2", "inline"]);
    }

    [Fact]
    public async Task Scenario_InProcess_I83_AHandlerThatThrows_RollsBackAndPublishesNothing()
    {
        await using var bank = Bank.Acting((_, context) =>
        {
            context.Repository<Account>().Add(Account.Open("a"));
            context.Publish(new UserFollowed(1));
            throw new TimeoutException();
        });

        await Should.ThrowAsync<TimeoutException>(() => bank.Domain.ProcessAsync(new Act()));

        (await bank.Store.GetHeadAsync()).ShouldBe(0);
        bank.Bus.ShouldNotHavePublished<IEvent>();
    }

    [Fact]
    public async Task Scenario_InProcess_I83_AnIsolatedHandlerThatThrows_RollsBackAndTheCallerHearsNothing()
    {
        await using var bank = Bank.Create(domain =>
        {
            domain.InlineErrors = InlineErrorPolicy.Isolate;
            domain.EventHandler<Account>().Inline().On<Opened>((_, context) =>
            {
                context.Repository<Shelf>().Add(Shelf.Make("s"));
                context.Publish(new UserFollowed(1));
                throw new TimeoutException();
            });
        });

        await bank.Domain.OpenAsync("a");

        (await bank.Store.TypesAsync()).ShouldBe(["Opened"]);
        bank.Bus.ShouldNotHavePublished<IEvent>();
    }

    [Fact]
    public async Task Publish_InAHandlerThatIsRetried_HappensOnce()
    {
        var runs = 0;
        await using var bank = Bank.Acting(async (_, context) =>
        {
            runs++;
            (await context.Repository<Account>().GetAsync("a")).Deposit(1);
            context.Publish(new UserFollowed(runs));
            if (runs < 3)
                await context.Domain.DepositElsewhereAsync("a");
        });
        await bank.Domain.OpenAsync("a");

        await bank.Domain.ProcessAsync(new Act());

        bank.Bus.ShouldHavePublishedOnly(new UserFollowed(3));
    }

    [Fact]
    public async Task Publish_InAHandlerWhoseCommitIsRefused_NeverHappens()
    {
        await using var bank = Bank.Create(domain => domain.CommandHandler<Account>().RetryConflicts(0).On<Act>(async (_, context) =>
        {
            (await context.Repository<Account>().GetAsync("a")).Deposit(1);
            context.Publish(new UserFollowed(1));
            await context.Domain.DepositElsewhereAsync("a");
        }));
        await bank.Domain.OpenAsync("a");

        await Should.ThrowAsync<ConcurrencyException>(() => bank.Domain.ProcessAsync(new Act()));

        bank.Bus.Published.ShouldBeEmpty();
    }

    [Fact]
    public async Task Publish_InAnInlineHandlerThatDoesNothingElse_HappensAtItsEnd()
    {
        await using var bank = Bank.Create(domain => domain.EventHandler<Account>().Inline().On<Opened>((_, context) => context.Publish(new UserFollowed(1))));

        await bank.Domain.OpenAsync("a");

        bank.Bus.ShouldHavePublishedOnly(new UserFollowed(1));
        (await bank.Store.TypesAsync()).ShouldBe(["Opened"]);
    }

    [Fact]
    public async Task Publish_OnAUnitOfOnesOwn_WaitsForItsCommit()
    {
        await using var bank = Bank.Create();
        var unit = bank.Domain.BeginUnitOfWork();
        unit.Publish(new UserFollowed(1));
        bank.Bus.Published.ShouldBeEmpty();

        await unit.CommitAsync();

        bank.Bus.ShouldHavePublishedOnly(new UserFollowed(1));
    }

    [Fact]
    public async Task Publish_OnAUnitThatIsGivenUp_NeverHappensAndAWarningSaysSo()
    {
        var log = new CapturedLog();
        await using var bank = Bank.Create(log.AddTo);
        await using (var unit = bank.Domain.BeginUnitOfWork())
            unit.Publish(new UserFollowed(1));

        bank.Bus.Published.ShouldBeEmpty();
        log.Of(1009).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Publish_OnAUnitThatHasEnded_IsRefused()
    {
        await using var bank = Bank.Create();
        var unit = bank.Domain.BeginUnitOfWork();
        await unit.CommitAsync();

        Should.Throw<InvalidOperationException>(() => unit.Publish(new UserFollowed(1)));
        Should.Throw<ArgumentNullException>(() => bank.Domain.BeginUnitOfWork().Publish(null!));
    }

    [Fact]
    public async Task Publish_InAQuery_HappensAtOnce()
    {
        await using var bank = Bank.Create(domain => domain.QueryHandler().On<Look, int>(async (_, context) =>
        {
            await ((Domain)context.Domain).Bus.PublishAsync(new UserFollowed(1));
            return 7;
        }));

        await bank.Domain.QueryAsync(new Look());

        bank.Bus.ShouldHavePublishedOnly(new UserFollowed(1));
    }

    [Fact]
    public async Task Publish_InAQueryThatAHandlerAsks_BelongsToTheHandler()
    {
        await using var bank = Bank.Acting(
            async (_, context) =>
            {
                await context.Domain.QueryAsync(new Look());
                throw new TimeoutException();
            },
            domain => domain.QueryHandler().On<Look, int>(async (_, context) =>
            {
                await ((Domain)context.Domain).Bus.PublishAsync(new UserFollowed(1));
                return 7;
            }));

        await Should.ThrowAsync<TimeoutException>(() => bank.Domain.ProcessAsync(new Act()));

        bank.Bus.Published.ShouldBeEmpty();
    }

    [Fact]
    public async Task Subscribers_OfAnEventOfAUnit_WorkInUnitsOfTheirOwn()
    {
        await using var bank = Bank.Acting((_, context) =>
        {
            context.Publish(new UserFollowed(1));
            return Task.CompletedTask;
        });
        bank.Bus.Subscribe<UserFollowed>(async _ =>
        {
            HandlerContext.Current.ShouldBeNull();
            await bank.Domain.OpenAsync("from-subscriber");
        });

        await bank.Domain.ProcessAsync(new Act());

        (await bank.Store.TypesAsync()).ShouldBe(["Act", "Opened"]);
    }

    [Fact]
    public async Task Subscribers_ThatFailOrPublishMore_DoNotTouchTheCaller()
    {
        var log = new CapturedLog();
        await using var bank = Bank.Acting(
            (_, context) =>
            {
                context.Publish(new UserFollowed(1));
                return Task.CompletedTask;
            },
            log.AddTo);
        bank.Bus.Subscribe<UserFollowed>(_ => throw new ConcurrencyTrap());
        bank.Bus.Subscribe<UserFollowed>(_ => bank.Bus.PublishAsync(new ArticleCreated(1, 1)).AsTask());

        await bank.Domain.ProcessAsync(new Act());

        bank.Bus.ShouldHavePublishedOnly(new UserFollowed(1), new ArticleCreated(1, 1));
        (await bank.Store.TypesAsync()).ShouldBe(["Act"]);
        log.Of(1100).Count.ShouldBe(1);
    }

    [Fact(Timeout = 30_000)]
    public async Task Publish_InACallThatIsCancelledAfterTheCommit_HappensAllTheSame()
    {
        using var cancelled = new CancellationTokenSource();
        var heard = 0;
        await using var bank = Bank.Acting((_, context) =>
        {
            context.Publish(new UserFollowed(1));
            context.Publish(new UserFollowed(2));
            return Task.CompletedTask;
        });
        bank.Bus.Subscribe<UserFollowed>(async (_, token) =>
        {
            await cancelled.CancelAsync();
            token.ThrowIfCancellationRequested();
            heard++;
        });

        await bank.Domain.ProcessAsync(new Act(), cancelled.Token);

        heard.ShouldBe(2);
    }

    /// <summary>An error that would have a handler run again.</summary>
    private sealed class ConcurrencyTrap() : ProteanException("somebody was faster");
}
