using System.Diagnostics;
using Protean.Benchmarks.Load.Rows;

namespace Protean.Benchmarks.Load.Nodes;

/// <summary>The domain of which the rows of the engine are, with what a node handles of it.</summary>
internal static class LoadDomain
{
    /// <summary>The records, by the names of their types, as a floor looks them up.</summary>
    public static IReadOnlyDictionary<string, Type> Types { get; } = new Dictionary<string, Type>
    {
        ["Load.AccountOpened.v1"] = typeof(AccountOpened),
        ["Load.MoneyDeposited.v1"] = typeof(MoneyDeposited),
    };

    public static Domain Open(NodeAddress address, Action<DomainBuilder>? declare = null) => Domain.Create("load", domain =>
    {
        domain.Aggregate<Account>();
        domain.UsePostgres(options => (options.ConnectionString, options.Schema) = (address.ConnectionString, address.Schema));
        declare?.Invoke(domain);
    });

    /// <summary>Handles accounts that are opened from now on: says when.</summary>
    public static void OnOpened(DomainBuilder domain, Action<long> entered) => domain.EventHandler<Account>()
        .Named("opened").StartFrom(StartFrom.Now)
        .On<AccountOpened>((_, _) => entered(Stopwatch.GetTimestamp()));

    /// <summary>Handles deposits.</summary>
    public static void OnDeposited(DomainBuilder domain, string name, StartFrom start, Action<MoneyDeposited> handle) => domain.EventHandler<Account>()
        .Named(name).StartFrom(start)
        .On<MoneyDeposited>((deposited, _) => handle(deposited));

    /// <summary>Takes notifications to a broker.</summary>
    public static void Notify(DomainBuilder domain, string rabbitMq, string topic)
    {
        domain.Event<MoneyReceived>().Topic(topic);
        domain.UseRabbitMq(rabbitMq);
    }
}
