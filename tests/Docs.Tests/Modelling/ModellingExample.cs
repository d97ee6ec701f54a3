namespace Protean.Docs.Modelling;

/// <summary>What the guide to modelling declares and does.</summary>
internal static class ModellingExample
{
    public static void Declare(DomainBuilder domain)
    {
        domain.Aggregate<Account>()
            .SnapshotEvery(50)
            .RecordFacts();

        domain.Aggregate<Cart>()
            .Raises<CopiesPut>()                                               // nobody applies or handles them
            .Raises<CartCheckedOut>();

        domain.Aggregate<Customer>()
            .Unique(c => c.Email)
            .Index(c => c.City);

        domain.CommandHandler<Account>()
            .On<OpenAccount>((command, context) => context.Repository<Account>().Add(Account.Open(command)))
            .On<Deposit>(c => c.AccountId, (account, c) => account.Deposit(c.Amount))
            .On<Withdraw, decimal>(c => c.From, (account, c) => account.Withdraw(c.Amount));

        domain.Event<MoneyDeposited>()
            .Upcast(fromVersion: 1, json => json["currency"] = "EUR");
    }

    public static void Follow(DomainBuilder domain, Action<string> tell) =>
        domain.EventHandler().Named("account-feed").StreamCategory("account:fact").InEngine()
            .On<Fact<Account>>((fact, _) => tell($"{fact.State.Id} has {fact.State.Balance}"));

    public static async Task<decimal> UseAsync(IDomain bank, TimeProvider time, CancellationToken cancellationToken)
    {
        await bank.ProcessAsync(new OpenAccount("a-1", "ada"), cancellationToken);
        await bank.ProcessAsync(new Deposit("a-1", 100), cancellationToken);

        return await bank.ProcessAsync(
            new Withdraw("a-1", 30),
            new()
            {
                IdempotencyKey = "withdrawal-4711",                            // sent again with it, it still happens once
                Deadline = time.GetUtcNow() + TimeSpan.FromSeconds(5),         // not begun after that
                Headers = new Dictionary<string, string> { ["tenant"] = "north" },
            },
            cancellationToken);
    }

    public static async Task<decimal> EnqueueAsync(IDomain bank, CancellationToken cancellationToken)
    {
        var handle = await bank.EnqueueAsync(new Withdraw("a-1", 20), cancellationToken: cancellationToken);   // stored, for the Engine
        return await handle.WaitAsync<decimal>(cancellationToken);
    }

    public static async Task<(decimal Then, decimal Before)> LookBackAsync(IRepository<Account> accounts, DateTimeOffset time, CancellationToken cancellationToken)
    {
        var atItsSecondEvent = await accounts.GetAsync("a-1", atVersion: 1, cancellationToken);
        var yesterday = await accounts.GetAsync("a-1", asOf: time, cancellationToken);
        return (atItsSecondEvent.Balance, yesterday.Balance);
    }

    public static Task<IReadOnlyList<Customer>> SomeAsync(IRepository<Customer> customers, CancellationToken cancellationToken) =>
        customers.QueryAsync(c => c.City == "Paris" && c.Id != "c-1", page => page.OrderBy(c => c.Email).Take(20), cancellationToken).AsTask();
}
