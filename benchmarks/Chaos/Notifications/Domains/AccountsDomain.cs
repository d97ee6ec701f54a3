using System.Collections.Concurrent;
using Protean.Benchmarks.Chaos.Deliveries.Books;
using Protean.Benchmarks.Chaos.Deliveries.Workers;
using Protean.Benchmarks.Chaos.Stores;
using Protean.Brokers;

namespace Protean.Benchmarks.Chaos.Notifications.Domains;

/// <summary>
/// The domain that hears of parcels: its subscriber keeps them in an inbox, from where they are entered into accounts. Events of accounts go through the broker again, to a handler of the
/// same domain that makes statements.
/// </summary>
internal static class AccountsDomain
{
    public const string Name = "accounts";
    public const string Subscriber = "parcels";

    private const int Partitions = 4;
    private const int OneFailsIn = 37;
    private const int FirstThatFails = 7;
    private const int OneStatementFailsIn = 53;
    private const int FirstStatementThatFails = 11;

    public static Domain Create(StoreAddress store, BrokerAddress broker, StandardErrorLog? log = null, Hesitation? hesitation = null) => Domain.Create(broker.AccountsDomain, domain =>
    {
        log?.AddTo(domain.Services);
        domain.UseStore(_ => store.Open());
        domain.UseRabbitMq(broker.Uri);
        domain.Aggregate<Account>().Raises<ParcelEntered>();
        domain.Aggregate<Statement>();
        DeclareSubscriber(domain, broker, hesitation);
        DeclareStream(domain, hesitation);
    });

    /// <summary>Makes the store ready for a run: all accounts are there, and their statements.</summary>
    public static async Task PrepareAsync(StoreAddress store, BrokerAddress broker, CancellationToken cancellationToken)
    {
        await using var domain = Create(store, broker);
        for (var n = 0; n < ShopDomain.Desks; n++)
        {
            await domain.Repository<Account>().SaveAsync(Account.Of(ShopDomain.DeskOf(n)), cancellationToken);
            await domain.Repository<Statement>().SaveAsync(Statement.Of(ShopDomain.DeskOf(n)), cancellationToken);
        }
    }

    private static void DeclareSubscriber(DomainBuilder domain, BrokerAddress broker, Hesitation? hesitation)
    {
        var failed = new ConcurrentDictionary<string, bool>();
        domain.Subscriber(broker.Parcels, broker.Closing).Named(Subscriber).Group(broker.Accounts.Name)
            .Partitions(Partitions).OnFailure(FailurePolicy.ParkStream)
            .Envelope(message =>
            {
                // It is in hand, and not yet in the inbox.
                hesitation?.Pause(Hesitation.OfAMessage);
                return CloudEventJson.Read(message.Body);
            })
            .Message<ParcelArrived>("Shop.ParcelSent.v1")
            .Message<ShopHasClosed>("Shop.ShopClosed.v1")
            .On<ParcelArrived>(async (m, context) =>
            {
                (await context.Repository<Account>().GetAsync(m.Desk, context.CancellationToken)).Enter(m);
                // After it has made its change, which must not count then.
                if (m.Number % OneFailsIn == FirstThatFails && failed.TryAdd(m.Entry, true))
                    throw new TroubleException($"{m.Entry} cannot be entered yet");
            })
            .On<ShopHasClosed>(async (m, context) => (await context.Repository<Account>().GetAsync(m.Desk, context.CancellationToken)).Close());
    }

    private static void DeclareStream(DomainBuilder domain, Hesitation? hesitation)
    {
        var failed = new ConcurrentDictionary<string, bool>();
        domain.EventHandler<Statement>().Named(BrokerAddress.StreamHandler).StreamCategory<Account>()
            .Subscription(SubscriptionType.Stream).Partitions(BrokerAddress.StreamPartitions).OnFailure(FailurePolicy.ParkStream)
            .On<ParcelEntered>(async (e, context) =>
            {
                (await context.Repository<Statement>().GetAsync(e.Desk, context.CancellationToken)).List(e.Entry);
                // The broker has brought it, and it is neither committed nor acknowledged.
                hesitation?.Pause(Hesitation.OfAMessage);
                if (e.Number % OneStatementFailsIn == FirstStatementThatFails && failed.TryAdd(e.Entry, true))
                    throw new TroubleException($"{e.Entry} cannot be listed yet");
            });
    }
}
