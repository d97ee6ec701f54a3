using Protean.Brokers;

namespace Protean.Docs.Notifications;

public sealed record SendParcel(string ParcelId, string To) : ICommand;

/// <summary>For whoever is outside: customers' mail, the accounts, other services.</summary>
public sealed record ParcelSent(string ParcelId, string To) : INotificationEvent;

public sealed class Parcel : Aggregate
{
    public static Parcel Send(SendParcel command)
    {
        var parcel = new Parcel { Id = command.ParcelId };
        parcel.Raise(new ParcelSent(command.ParcelId, command.To));
        return parcel;
    }
}

/// <summary>What the guide to notifications declares and does.</summary>
internal static class NotificationsExample
{
    public static void Declare(DomainBuilder domain, InMemoryBroker broker)
    {
        domain.Aggregate<Parcel>().Raises<ParcelSent>();
        domain.CommandHandler<Parcel>()
            .On<SendParcel>((command, context) => context.Repository<Parcel>().Add(Parcel.Send(command)));

        domain.Event<ParcelSent>()
            .Topic("shipping.parcel_sent")                         // the default, here
            .Compressed(above: 4_096);                             // with gzip, from so many bytes on
        domain.UseInMemoryBroker(broker);
        domain.Notifications(delivery => delivery.Partitions = 4);
    }

    public static async Task<CloudEvent> ListenAsync(IBroker broker, CancellationToken cancellationToken)
    {
        var group = new BrokerGroup { Name = "accounts", Topics = ["shipping.parcel_sent"] };
        await using var consumer = await broker.ConsumeAsync(group, partition: 0, cancellationToken);
        var deliveries = await consumer.ReceiveAsync(maxCount: 100, cancellationToken);
        var sent = CloudEventJson.Read(deliveries[0].Message.Body);
        await consumer.AcknowledgeAsync(deliveries, cancellationToken);
        return sent;
    }
}
