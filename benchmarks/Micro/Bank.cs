namespace Protean.Benchmarks;

public sealed record AccountOpened(string AccountId, string Owner) : IDomainEvent;

public sealed record MoneyDeposited(string AccountId, decimal Amount, string Reference) : IDomainEvent;

public sealed record OpenAccount(string AccountId, string Owner) : ICommand;

public sealed record Deposit(string AccountId, decimal Amount) : ICommand;

public sealed record Ping(string AccountId) : ICommand;

public sealed class Account : EventSourcedAggregate
{
    public decimal Balance { get; private set; }

    public string Owner { get; private set; } = "";

    public static Account Open(string id, string owner)
    {
        var account = new Account { Id = id };
        account.Raise(new AccountOpened(id, owner));
        return account;
    }

    public void Deposit(decimal amount) => Raise(new MoneyDeposited(Id, amount, "cash"));

    void Apply(AccountOpened e) => Owner = e.Owner;

    void Apply(MoneyDeposited e) => Balance += e.Amount;
}

/// <summary>A domain on the in-memory store, as every benchmark uses it.</summary>
public static class Bank
{
    public static Domain Create(bool inlineHandler, IMessageMiddleware? middleware = null, int snapshotEvery = 0) => Domain.Create("bank", domain =>
    {
        domain.Aggregate<Account>().SnapshotEvery(snapshotEvery);
        domain.CommandHandler<Account>()
            .On<OpenAccount>((c, context) => context.Repository<Account>().Add(Account.Open(c.AccountId, c.Owner)))
            .On<Deposit>(c => c.AccountId, (account, c) => account.Deposit(c.Amount))
            .On<Ping>((_, _) => { });
        if (inlineHandler)
            domain.EventHandler<Account>().Inline().On<MoneyDeposited>((_, _) => { });
        if (middleware is not null)
            domain.Use(middleware);
        domain.UseInMemory();
    });

    /// <summary>An account with so many events.</summary>
    public static async Task FillAsync(Domain domain, string id, int events)
    {
        var repository = domain.Repository<Account>();
        var account = Account.Open(id, "somebody");
        for (var i = 1; i < events; i++)
            account.Deposit(1);
        await repository.SaveAsync(account);
    }
}
