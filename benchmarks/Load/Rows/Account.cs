namespace Protean.Benchmarks.Load.Rows;

internal sealed record AccountOpened(string AccountId, string Owner) : IDomainEvent;

internal sealed record MoneyDeposited(string AccountId, decimal Amount, string Reference) : IDomainEvent;

/// <summary>What the world outside hears of a deposit.</summary>
internal sealed record MoneyReceived(string AccountId, decimal Amount, string Reference) : INotificationEvent;

/// <summary>An event-sourced aggregate to be loaded.</summary>
internal sealed class Account : EventSourcedAggregate
{
    public decimal Balance { get; private set; }

    public string Owner { get; private set; } = "";

    public static Account Open(string id, string owner)
    {
        var account = new Account { Id = id };
        account.Raise(new AccountOpened(id, owner));
        return account;
    }

    public void Deposit(decimal amount) => Raise(new MoneyDeposited(Id, amount, "invoice 2024-00017"));

    void Apply(AccountOpened e) => Owner = e.Owner;

    void Apply(MoneyDeposited e) => Balance += e.Amount;
}
