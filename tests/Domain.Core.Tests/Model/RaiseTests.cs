using Shouldly;
using Xunit;

namespace Protean.Tests.Model;

public sealed class RaiseTests : IAsyncDisposable
{
    private readonly Domain _domain = Domain.Create("Test", d =>
    {
        d.Aggregate<Account>().Raises<Deposited>().Raises<Withdrawn>().Raises<StatementIssued>();
        d.UseInMemory();
        d.UseInMemoryBroker();
    });

    private IRepository<Account> Accounts => _domain.Repository<Account>();

    [Fact]
    public void Raise_OfADomainEvent_RecordsIt()
    {
        var account = new Account("a-1");

        account.Deposit(10);

        account.RaisedEvents.ShouldBe([new Deposited(10)]);
    }

    [Fact]
    public void Raise_OfSeveralEvents_KeepsTheirOrder()
    {
        var account = new Account("a-1");

        account.Deposit(10);
        account.Withdraw(3);
        account.IssueStatement();

        account.RaisedEvents.ShouldBe([new Deposited(10), new Withdrawn(3), new StatementIssued(7)]);
    }

    [Fact]
    public void Raise_OfNull_NamesTheAggregate()
    {
        var account = new Account("a-1");

        var error = Should.Throw<ArgumentNullException>(() => account.RaiseAny(null!));

        error.Message.ShouldContain("Account 'a-1'");
        account.RaisedEvents.ShouldBeEmpty();
    }

    [Fact]
    public void Raise_OfNeitherDomainEventNorNotification_NamesTheEvent()
    {
        var account = new Account("a-1");

        var error = Should.Throw<ArgumentException>(() => account.RaiseAny(new NoRealEvent()));

        error.Message.ShouldContain(nameof(NoRealEvent));
        account.RaisedEvents.ShouldBeEmpty();
    }

    [Fact]
    public async Task SaveAsync_OfANewAggregate_StoresStateAndEventsInOneCommit()
    {
        var account = new Account("a-1");
        account.Deposit(10);

        await Accounts.SaveAsync(account);

        (await _domain.StateAsync("test::account", "a-1"))["balance"]!.GetValue<int>().ShouldBe(10);
        (await _domain.StreamAsync("test::account-a-1")).Single().Type.ShouldBe("Test.Deposited.v1");
    }

    [Fact]
    public async Task SaveAsync_Completed_HasNoRaisedEventsLeft()
    {
        var account = new Account("a-1");
        account.Deposit(10);

        await Accounts.SaveAsync(account);

        account.RaisedEvents.ShouldBeEmpty();
    }

    [Fact]
    public async Task SaveAsync_Twice_RecordsEachEventOnce()
    {
        var account = new Account("a-1");
        account.Deposit(10);
        await Accounts.SaveAsync(account);

        account.Withdraw(3);
        await Accounts.SaveAsync(account);

        (await _domain.StreamAsync("test::account-a-1")).Select(m => m.Type).ShouldBe(["Test.Deposited.v1", "Test.Withdrawn.v1"]);
    }

    [Fact]
    public async Task SaveAsync_EachTime_CountsTheVersionFromZero()
    {
        var account = new Account("a-1");
        var before = account.Version;

        await Accounts.SaveAsync(account);
        var first = account.Version;
        account.Deposit(1);
        await Accounts.SaveAsync(account);

        (before, first, account.Version).ShouldBe((-1L, 0L, 1L));
    }

    [Fact]
    public async Task SaveAsync_OfAChangeWithoutAnEvent_StoresTheState()
    {
        var account = new Account("a-1");
        await Accounts.SaveAsync(account);

        account.Rename("savings");
        await Accounts.SaveAsync(account);

        (await Accounts.GetAsync("a-1")).Name.ShouldBe("savings");
    }

    [Fact]
    public async Task SaveAsync_OfAnUnchangedAggregate_WritesNothing()
    {
        await Accounts.SaveAsync(new Account("a-1"));
        var before = await _domain.SnapshotAsync("test::account", "a-1");

        await Accounts.SaveAsync(await Accounts.GetAsync("a-1"));

        (await _domain.SnapshotAsync("test::account", "a-1")).ShouldBe(before);
    }

    [Fact]
    public async Task RemoveAsync_OfAStoredAggregate_KeepsItsEventsOnly()
    {
        var account = new Account("a-1");
        account.Deposit(10);
        await Accounts.SaveAsync(account);

        await Accounts.RemoveAsync(account);

        (await Accounts.ExistsAsync("a-1")).ShouldBeFalse();
        (await _domain.StreamAsync("test::account-a-1")).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Raise_OnARemovedAggregate_IsRefused()
    {
        var account = new Account("a-1");
        await Accounts.SaveAsync(account);
        await Accounts.RemoveAsync(account);

        Should.Throw<BrokenAggregateException>(() => account.Deposit(1)).Message.ShouldContain("it was removed");
    }

    [Fact]
    public async Task SaveAsync_OfAStateThatSomebodyElseChanged_NamesTheDocument()
    {
        await Accounts.SaveAsync(new Account("a-1"));
        var mine = await Accounts.GetAsync("a-1");
        var theirs = await Accounts.GetAsync("a-1");
        theirs.Deposit(1);
        await Accounts.SaveAsync(theirs);
        mine.Deposit(2);

        var error = await Should.ThrowAsync<ConcurrencyException>(async () => await Accounts.SaveAsync(mine));

        error.Message.ShouldContain("a-1");
        (await Accounts.GetAsync("a-1")).Balance.ShouldBe(1);
    }

    public ValueTask DisposeAsync() => _domain.DisposeAsync();

    public sealed record Deposited(int Amount) : IDomainEvent;

    public sealed record Withdrawn(int Amount) : IDomainEvent;

    public sealed record StatementIssued(int Balance) : INotificationEvent;

    public sealed record NoRealEvent : IEvent;

    public sealed class Account : Aggregate
    {
        public Account(string id) => Id = id;

        Account()
        {
        }

        public int Balance { get; private set; }

        public string Name { get; private set; } = "";

        public void Deposit(int amount)
        {
            Balance += amount;
            Raise(new Deposited(amount));
        }

        public void Withdraw(int amount)
        {
            Balance -= amount;
            Raise(new Withdrawn(amount));
        }

        public void IssueStatement() => Raise(new StatementIssued(Balance));

        public void Rename(string name) => Name = name;

        public void RaiseAny(IEvent @event) => Raise(@event);
    }
}
