using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Protean.Benchmarks.Chaos.Stores;
using Protean.Engine;

namespace Protean.Benchmarks.Chaos.Deliveries.Books;

/// <summary>The domain that all processes of a run share. Each handler keeps a list of what it has handled, in everything that it changes.</summary>
internal static class BooksDomain
{
    public const string Name = "books";

    private const int Accounts = 6;

    // Short enough that a message which fails always is given up within the run.
    private const int MaxRetries = 2;
    private static readonly TimeSpan _retryDelay = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan _recoveryInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan _leaseTime = TimeSpan.FromSeconds(2);

    public static Domain Create(StoreAddress address, ILoggerFactory? log = null) => Domain.Create(Name, domain =>
    {
        if (log is not null)
            domain.Services.AddSingleton(log);
        domain.UseStore(_ => address.Open());
        domain.Aggregate<Source>();
        domain.Aggregate<Ledger>().Raises<LedgerEntered>();
        domain.Aggregate<Journal>();
        domain.Aggregate<Shelf>();
        domain.Aggregate<Account>();
        DeclareHandlers(domain);
    });

    public static void Configure(EngineOptions options)
    {
        options.LeaseTime = _leaseTime;
        options.RecoveryInterval = _recoveryInterval;
        options.Server.MaxRetries = MaxRetries;
        options.Server.RetryDelay = _retryDelay;
    }

    /// <summary>Makes the store ready for a run.</summary>
    public static async Task PrepareAsync(StoreAddress address, CancellationToken cancellationToken)
    {
        await using var domain = Create(address);
        for (var n = 0; n < Accounts; n++)
            await domain.Repository<Account>().SaveAsync(Account.Open(AccountOf(n)), cancellationToken);
    }

    public static string AccountOf(long number) => $"a{number % Accounts}";

    /// <summary>The account that an event is credited to.</summary>
    public static string AccountOf(Emitted emitted) => AccountOf(emitted.Number / 10);

    private static void DeclareHandlers(DomainBuilder domain)
    {
        domain.EventHandler<Ledger>().Named(Handlers.Ledgers).StreamCategory<Source>().On<Emitted>(async (e, context) =>
        {
            var ledger = await FindAsync(context, e, Ledger.Of);
            ledger.Enter(e.Entry);
            await Troubles.MeetAsync(e, Handlers.Ledgers, context);
        });
        domain.EventHandler<Journal>().Named(Handlers.Journals).StreamCategory<Source>().On<Emitted>(async (e, context) =>
        {
            var journal = await FindAsync(context, e, Journal.Of);
            journal.Note(e.Entry);
            if (e.HasCredit)
                context.Enqueue(new Credit(AccountOf(e), e.Entry));
            await Troubles.MeetAsync(e, Handlers.Journals, context);
        });
        domain.EventHandler<Shelf>().Named(Handlers.Shelves).StreamCategory<Source>().Partitions(4).OnFailure(FailurePolicy.ParkStream)
            .PartitionBy<Emitted>(e => e.Target)
            .On<Emitted>(async (e, context) =>
            {
                var shelf = await FindAsync(context, e, Shelf.Of);
                shelf.Put(e.Entry);
                await Troubles.MeetAsync(e, Handlers.Shelves, context);
            });
        domain.Projection<Tally>().Named(Handlers.Tallies).From<Source>()
            .On<Emitted>(e => e.Target, (view, e) =>
            {
                Troubles.Meet(e, Handlers.Tallies);
                return view with { Entries = [.. view.Entries, e.Entry] };
            })
            .On<Emitted>(e => e.Page, (view, e) => view with { Entries = [.. view.Entries, e.Entry] });
        domain.CommandHandler<Account>().On<Credit>(c => c.Account, (account, c) => account.Credit(c));
    }

    private static async Task<TAggregate> FindAsync<TAggregate>(HandlerContext context, Emitted e, Func<string, TAggregate> make) where TAggregate : AggregateRoot
    {
        var repository = context.Repository<TAggregate>();
        if (await repository.FindAsync(e.Target, context.CancellationToken) is { } found)
            return found;
        var made = make(e.Target);
        repository.Add(made);
        return made;
    }
}
