using Protean.Testing;
using Shouldly;
using Xunit;

namespace Protean.Tests.Processing;

public sealed class ProjectionTests
{
    [Fact]
    public async Task On_TheFirstEventOfAKey_MakesTheDocumentFromTheKey()
    {
        await using var bank = Projecting(p => p.On<Opened>(e => e.AccountId, (view, e) => view with { Sum = e.Balance }));

        await bank.Domain.OpenAsync("a", 5);

        (await ViewAsync(bank, "a")).ShouldBe(new Balances("a", 5));
    }

    [Fact]
    public async Task On_TheFirstEventOfAKey_LeavesOtherParametersTheDefaultsOfTheConstructor()
    {
        await using var bank = Bank.Create(domain => domain.Projection<Standing>().From<Account>().Inline()
            .On<Opened>(e => e.AccountId, (view, _) => view));

        await bank.Domain.OpenAsync("a");

        (await bank.Domain.View<Standing>().GetAsync("a")).ShouldBe(new Standing("a"));
    }

    [Fact]
    public async Task On_LaterEvents_ChangeTheDocument()
    {
        await using var bank = Projecting(p => Summing(p));
        await bank.Domain.OpenAsync("a", 5);

        await bank.Domain.DepositElsewhereAsync("a", 2);
        await bank.Domain.DepositElsewhereAsync("a", 3);

        (await ViewAsync(bank, "a")).ShouldBe(new Balances("a", 10, 2));
    }

    [Fact]
    public async Task StartWith_TheFirstEventOfAKey_BeginsWithIt()
    {
        await using var bank = Projecting(p => p.StartWith(key => new(key, 100)).On<Opened>(e => e.AccountId, (view, e) => view with { Sum = view.Sum + e.Balance }));

        await bank.Domain.OpenAsync("a", 5);

        (await ViewAsync(bank, "a")).ShouldBe(new Balances("a", 105));
    }

    [Fact]
    public async Task On_AMutableDocument_ChangesItInPlace()
    {
        await using var bank = Bank.Create(domain => domain.Projection<Tally>().From<Account>().Inline()
            .On<Opened>(_ => "all", (tally, _) => tally.Count++));

        await bank.Domain.OpenAsync("a");
        await bank.Domain.OpenAsync("b");

        (await bank.Domain.View<Tally>().GetAsync("all"))!.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Create_ADocumentThatIsThere_ReplacesIt()
    {
        await using var bank = Projecting(p => p
            .Create<Opened>(e => e.AccountId, e => new(e.AccountId, e.Balance))
            .Create<Deposited>(e => e.AccountId, e => new(e.AccountId, e.Amount)));
        await bank.Domain.OpenAsync("a", 5);

        await bank.Domain.DepositElsewhereAsync("a", 2);

        (await ViewAsync(bank, "a")).ShouldBe(new Balances("a", 2));
    }

    [Fact]
    public async Task Update_ADocumentThatIsNotThere_MakesNone()
    {
        await using var bank = Projecting(p => p.Update<Opened>(e => e.AccountId, (view, _) => view with { Sum = 1 }));

        await bank.Domain.OpenAsync("a");

        (await ViewAsync(bank, "a")).ShouldBeNull();
    }

    [Fact]
    public async Task Delete_ADocumentThatIsThere_RemovesIt()
    {
        await using var bank = Projecting(p => Summing(p).Delete<AccountClosed>(e => e.AccountId));
        await bank.Domain.OpenAsync("a");
        var account = await bank.Domain.Repository<Account>().GetAsync("a");
        account.Close();

        await bank.Domain.Repository<Account>().SaveAsync(account);

        (await ViewAsync(bank, "a")).ShouldBeNull();
        (await bank.Domain.View<Balances>().CountAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Delete_ThenAnEvent_MakesTheDocumentAnew()
    {
        await using var bank = Projecting(p => p
            .On<Opened>(e => e.AccountId, (view, e) => view with { Sum = e.Balance })
            .Delete<AccountClosed>(e => e.AccountId)
            .On<Deposited>(e => e.AccountId, (view, e) => view with { Sum = view.Sum + e.Amount }));
        var account = Account.Open("a", 5);
        account.Close();
        await bank.Domain.Repository<Account>().SaveAsync(account);

        await bank.Domain.DepositElsewhereAsync("a", 2);

        (await ViewAsync(bank, "a")).ShouldBe(new Balances("a", 2));
    }

    [Fact]
    public async Task Inline_SeveralEventsOfOneCommit_AreOneDocumentWrite()
    {
        await using var bank = Projecting(p => Summing(p));
        var account = Account.Open("a", 1);
        account.Deposit(2);
        account.Deposit(3);

        await bank.Domain.Repository<Account>().SaveAsync(account);

        (await ViewAsync(bank, "a")).ShouldBe(new Balances("a", 6, 2));
        (await bank.Store.LoadDocumentAsync(new("bank::balances:view", "a")))!.Version.ShouldBe(1);
    }

    [Fact]
    public async Task Inline_ThatFails_RollsTheCommandBack()
    {
        await using var bank = Projecting(p => p.On<Opened>(e => e.AccountId, (_, _) => throw new TimeoutException()));

        await Should.ThrowAsync<TimeoutException>(() => bank.Domain.OpenAsync("a"));

        (await bank.Store.GetHeadAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Inline_WhenTheCommitIsRefused_KeepsTheDocument()
    {
        await using var bank = Projecting(p => Summing(p));
        await bank.Domain.OpenAsync("a", 5);
        var account = await bank.Domain.Repository<Account>().GetAsync("a");
        account.Deposit(100);
        await bank.Domain.DepositElsewhereAsync("a");

        await Should.ThrowAsync<ConcurrencyException>(() => bank.Domain.Repository<Account>().SaveAsync(account).AsTask());

        (await ViewAsync(bank, "a")).ShouldBe(new Balances("a", 6, 1));
    }

    [Fact]
    public async Task Inline_ConflictOnTheDocument_IsRetried()
    {
        var runs = 0;
        await using var bank = Bank.Create(domain =>
        {
            domain.CommandHandler<Account>().On<Act>((act, context) => context.Repository<Account>().Add(Account.Open(act.Note, 1)));
            // Declared after the projection, so that it runs between the projection's reading and the commit.
            domain.Projection<Tally>().From<Account>().Inline().On<Opened>(_ => "all", (tally, _) => tally.Count++);
            domain.EventHandler<Account>().InSameCommit().On<Opened>(async (_, context) =>
            {
                if (runs++ == 0)
                    await OpenElsewhereAsync(context.Domain);
            });
        });
        bank.Clock.SkipDelays = true;

        await bank.Domain.ProcessAsync(new Act("a"));

        (await bank.Domain.View<Tally>().GetAsync("all"))!.Count.ShouldBe(2);

        static Task OpenElsewhereAsync(IDomain domain)
        {
            var unit = domain.BeginUnitOfWork();
            unit.Repository<Account>().Add(Account.Open("other"));
            return unit.CommitAsync();
        }
    }

    [Fact]
    public async Task GetAsync_WithinTheUnit_SeesItsOwnChangesOnly()
    {
        Balances? within = null, elsewhere = new("?");
        await using var bank = Bank.Create(domain =>
        {
            Summing(domain.Projection<Balances>().From<Account>().Inline());
            domain.EventHandler<Account>().InSameCommit().On<Opened>(async (e, context) =>
            {
                within = await context.View<Balances>().GetAsync(e.AccountId);
                elsewhere = await context.Domain.BeginUnitOfWork().View<Balances>().GetAsync(e.AccountId);
            });
        });

        await bank.Domain.OpenAsync("a", 5);

        (within, elsewhere).ShouldBe((new Balances("a", 5), null));
    }

    [Fact]
    public async Task Drained_BeforeAndAfter_IsBehindAndThenThere()
    {
        await using var bank = Bank.Create(domain => Summing(domain.Projection<Balances>().From<Account>()));
        await bank.Domain.OpenAsync("a", 5);
        await bank.Domain.DepositElsewhereAsync("a", 2);
        (await ViewAsync(bank, "a")).ShouldBeNull();

        await bank.DrainAsync();

        (await ViewAsync(bank, "a")).ShouldBe(new Balances("a", 7, 1));
    }

    [Fact]
    public async Task Unique_AValueOfAnotherDocument_IsRefused()
    {
        await using var bank = Projecting(p => Summing(p).Unique(view => view.Sum));
        await bank.Domain.OpenAsync("a", 5);

        var error = await Should.ThrowAsync<DuplicateValueException>(() => bank.Domain.OpenAsync("b", 5));

        (error.Index, error.Key).ShouldBe(("sum", "b"));
        (await bank.Domain.Repository<Account>().ExistsAsync("b")).ShouldBeFalse();
    }

    [Fact]
    public void On_ADocumentThatCannotBeMadeFromItsKey_IsRefusedAtStart() =>
        Should.Throw<DomainConfigurationException>(() => Bank.Create(domain => domain.Projection<NoKey>().From<Account>().On<Opened>(e => e.AccountId, (view, _) => view)))
            .Message.ShouldContain("cannot make a first NoKey");

    private static ProjectionBuilder<Balances> Summing(ProjectionBuilder<Balances> projection) => projection
        .On<Opened>(e => e.AccountId, (view, e) => view with { Sum = e.Balance })
        .On<Deposited>(e => e.AccountId, (view, e) => view with { Sum = view.Sum + e.Amount, Deposits = view.Deposits + 1 });

    private static Task<Balances?> ViewAsync(TestDomain bank, string id) => bank.Domain.View<Balances>().GetAsync(id);

    private static TestDomain Projecting(Action<ProjectionBuilder<Balances>> declare) =>
        Bank.Create(domain => declare(domain.Projection<Balances>().From<Account>().Inline()));

    public sealed class Tally
    {
        public int Count { get; set; }
    }

    public sealed record NoKey(DateTime At);

    public sealed record Standing(
        string AccountId, bool IsOpen = true, decimal Limit = 12.5m, DayOfWeek Day = DayOfWeek.Friday, DayOfWeek? Other = DayOfWeek.Monday, int? Count = 3, string Note = "new", DateOnly Since = default, string? Nothing = null);
}
