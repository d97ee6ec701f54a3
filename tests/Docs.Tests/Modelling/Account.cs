namespace Protean.Docs.Modelling;

public sealed record OpenAccount(string AccountId, string Owner) : ICommand;

public sealed record Deposit(string AccountId, decimal Amount) : ICommand;

public sealed record Withdraw([TargetId] string From, decimal Amount) : ICommand<decimal>;

public sealed record AccountOpened(string AccountId, string Owner) : IDomainEvent;

public sealed record MoneyWithdrawn(string AccountId, decimal Amount) : IDomainEvent;

[SchemaVersion(2)]
[FormerName("Deposited")]
public sealed record MoneyDeposited(string AccountId, decimal Amount, string Currency, [FormerName("Note")] string? Text = null) : IDomainEvent;

public sealed class Account : EventSourcedAggregate
{
    public string Owner { get; private set; } = "";

    public decimal Balance { get; private set; }

    public static Account Open(OpenAccount command)
    {
        var account = new Account { Id = command.AccountId };
        account.Raise(new AccountOpened(command.AccountId, command.Owner));
        return account;
    }

    public void Deposit(decimal amount)
    {
        Ensure(amount > 0, "a deposit is above zero");
        Raise(new MoneyDeposited(Id, amount, "EUR"));
    }

    public decimal Withdraw(decimal amount)
    {
        Ensure(amount > 0, "a withdrawal is above zero");
        Raise(new MoneyWithdrawn(Id, amount));
        return Balance;
    }

    [Invariant]
    void NeverOverdrawn() => Ensure(Balance >= 0, "an account is never overdrawn");

    void Apply(AccountOpened e) => Owner = e.Owner;
    void Apply(MoneyDeposited e) => Balance += e.Amount;
    void Apply(MoneyWithdrawn e) => Balance -= e.Amount;
}
