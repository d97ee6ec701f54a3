using System.Globalization;
using Protean.Benchmarks.Chaos.Deliveries.Workers;
using Protean.Benchmarks.Chaos.Stores;

namespace Protean.Benchmarks.Chaos.Notifications.Domains;

/// <summary>The domain whose notifications go out.</summary>
internal static class ShopDomain
{
    public const string Name = "shop";

    /// <summary>How many desks send parcels at once.</summary>
    public const int Desks = 50;

    private const int Partitions = 4;

    public static Domain Create(StoreAddress store, BrokerAddress broker, StandardErrorLog? log = null) => Domain.Create(Name, domain =>
    {
        log?.AddTo(domain.Services);
        domain.UseStore(_ => store.Open());
        domain.UseRabbitMq(broker.Uri);
        domain.Aggregate<Desk>().Raises<ParcelSent>().Raises<ShopClosed>();
        domain.Event<ParcelSent>().Topic(broker.Parcels);
        domain.Event<ShopClosed>().Topic(broker.Closing);
        domain.Notifications(static delivery => delivery.Partitions = Partitions);
    });

    /// <summary>Makes the store ready for a run: all desks are there.</summary>
    public static async Task PrepareAsync(StoreAddress store, BrokerAddress broker, CancellationToken cancellationToken)
    {
        await using var domain = Create(store, broker);
        for (var n = 0; n < Desks; n++)
            await domain.Repository<Desk>().SaveAsync(Desk.Of(DeskOf(n)), cancellationToken);
    }

    public static string DeskOf(int number) => string.Create(CultureInfo.InvariantCulture, $"d{number}");

    /// <summary>How many parcels a desk has to send, if all of them together send so many.</summary>
    public static long ShareOf(int desk, long parcels) => (parcels / Desks) + (desk < parcels % Desks ? 1 : 0);
}
