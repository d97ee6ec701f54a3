namespace Protean.Docs.Modelling.Before;

/// <summary>The account as the program of last year had it.</summary>
public sealed class Account : EventSourcedAggregate
{
    public decimal Balance { get; private set; }

    public static Account With(string id, decimal amount)
    {
        var account = new Account { Id = id };
        account.Raise(new Deposited(id, amount, "a gift"));
        return account;
    }

    void Apply(Deposited e) => Balance += e.Amount;
}

public sealed record Deposited(string AccountId, decimal Amount, string? Note) : IDomainEvent;
