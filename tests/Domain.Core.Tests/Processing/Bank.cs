using Microsoft.Extensions.DependencyInjection;
using Protean.Storage;
using Protean.Testing;

namespace Protean.Tests.Processing;

/// <summary>The domain that the tests of processing share: one aggregate of each kind, and a command whose handler each test writes itself.</summary>
public static class Bank
{
    public static TestDomain Create(Action<DomainBuilder>? declare = null, FakeClock? clock = null) =>
        TestDomain.Create("bank", domain => Declare(domain, declare), clock);

    /// <summary>A domain on a store that the test holds, or shares between domains.</summary>
    public static Domain On(IEventStore store, Action<DomainBuilder>? declare = null, TimeProvider? clock = null) => Domain.Create("bank", domain =>
    {
        if (clock is not null)
            domain.Services.AddSingleton(clock);
        Declare(domain, declare);
        domain.UseStore(_ => store);
    });

    /// <summary>A domain whose command <see cref="Act"/> does what the test says.</summary>
    public static TestDomain Acting(Func<Act, HandlerContext, Task> act, Action<DomainBuilder>? declare = null) => Create(domain =>
    {
        domain.CommandHandler<Account>().On(act);
        declare?.Invoke(domain);
    });

    public static Task OpenAsync(this IDomain domain, string id, int balance = 0) => domain.Repository<Account>().SaveAsync(Account.Open(id, balance)).AsTask();

    public static Task StockAsync(this IDomain domain, string id, int count = 0, string label = "") =>
        domain.Repository<Shelf>().SaveAsync(Shelf.Make(id, count, label)).AsTask();

    public static async Task<int> BalanceAsync(this IDomain domain, string id) => (await domain.Repository<Account>().GetAsync(id)).Balance;

    public static async Task<int> CountAsync(this IDomain domain, string id) => (await domain.Repository<Shelf>().GetAsync(id)).Count;

    /// <summary>Somebody else pays something in, in a unit of work that has nothing to do with the caller's.</summary>
    public static async Task DepositElsewhereAsync(this IDomain domain, string id, int amount = 1)
    {
        var unit = domain.BeginUnitOfWork();
        (await unit.Repository<Account>().GetAsync(id)).Deposit(amount);
        await unit.CommitAsync();
    }

    /// <summary>Somebody else puts something on a shelf, in a unit of work that has nothing to do with the caller's.</summary>
    public static async Task StockElsewhereAsync(this IDomain domain, string id, int count = 1)
    {
        var unit = domain.BeginUnitOfWork();
        (await unit.Repository<Shelf>().GetAsync(id)).Put(count);
        await unit.CommitAsync();
    }

    public static async Task<IReadOnlyList<StoredMessage>> LogAsync(this IEventStore store, MessageKind kinds = MessageKind.All) =>
        (await store.ReadLogAsync(new() { After = 0, MaxCount = 1000, Kinds = kinds })).Messages;

    public static async Task<IReadOnlyList<string>> TypesAsync(this IEventStore store, MessageKind kinds = MessageKind.All) =>
        [.. (await store.LogAsync(kinds)).Select(m => m.Type.Split('.')[1])];

    private static void Declare(DomainBuilder domain, Action<DomainBuilder>? declare)
    {
        domain.UseInMemoryBroker();
        domain.Aggregate<Account>();
        domain.Aggregate<Shelf>().Raises<Stocked>().Raises<Cheered>().Raises<Posted>().Unique(s => s.Label);
        declare?.Invoke(domain);
    }
}

/// <summary>An event-sourced aggregate.</summary>
public sealed class Account : EventSourcedAggregate
{
    public int Balance { get; private set; }

    public bool Closed { get; private set; }

    public static Account Open(string id, int balance = 0)
    {
        var account = new Account { Id = id };
        account.Raise(new Opened(id, balance));
        return account;
    }

    public void Deposit(int amount) => Raise(new Deposited(Id, amount));

    public void Close()
    {
        Ensure(!Closed, "an account closes once");
        Raise(new AccountClosed(Id));
    }

    void Apply(Opened e) => Balance = e.Balance;

    void Apply(Deposited e) => Balance += e.Amount;

    void Apply(AccountClosed e) => Closed = true;
}

/// <summary>An aggregate with stored state.</summary>
public sealed class Shelf : Aggregate
{
    public int Count { get; private set; }

    public string? Label { get; private set; }

    public static Shelf Make(string id, int count = 0, string label = "")
    {
        var shelf = new Shelf { Id = id, Count = count, Label = label.Length == 0 ? null : label };
        shelf.Raise(new Stocked(id, count));
        return shelf;
    }

    public static Shelf Silent(string id) => new() { Id = id };

    public void Put(int count)
    {
        Count += count;
        Raise(new Stocked(Id, count));
    }

    public void PutSilently(int count) => Count += count;

    public void PutInSteps(int count) => Change(() => Count += count);

    public void Cheer(int level) => Raise(new Cheered(Id, level));

    public void Post(string text) => Raise(new Posted(text));
}

public sealed record Opened(string AccountId, int Balance) : IDomainEvent;

public sealed record Deposited(string AccountId, int Amount) : IDomainEvent;

public sealed record AccountClosed(string AccountId) : IDomainEvent;

public sealed record Stocked(string ShelfId, int Count) : IDomainEvent;

/// <summary>An event that says nothing about the state.</summary>
public sealed record Cheered(string ShelfId, int Level) : IDomainEvent;

public sealed record Posted(string Text) : INotificationEvent;

/// <summary>Does what the test's handler does.</summary>
public sealed record Act(string Note = "", string AccountId = "acts") : ICommand;

public sealed record Ask(string Note = "") : ICommand<int>;

public sealed record Deposit(string AccountId, int Amount) : ICommand;

public sealed record Look(string Note = "") : IQuery<int>;

public sealed record Balances(string AccountId, int Sum = 0, int Deposits = 0);
