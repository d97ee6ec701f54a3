namespace Protean.Benchmarks.Chaos.Notifications.Domains;

/// <summary>What the shop tells the world.</summary>
/// <param name="Desk">The desk that sends the parcel: what is to stay in order.</param>
/// <param name="Number">The place among the parcels of the desk.</param>
internal sealed record ParcelSent(string Desk, long Number) : INotificationEvent;

/// <summary>The shop will tell nothing more.</summary>
internal sealed record ShopClosed(string Desk) : INotificationEvent;

/// <summary>Sends parcels, and says so. Its state is stored with what it says.</summary>
internal sealed class Desk : Aggregate
{
    public long Sent { get; private set; }

    public static Desk Of(string id) => new() { Id = id };

    public void Send() => Raise(new ParcelSent(Id, Sent++));

    public void Close() => Raise(new ShopClosed(Id));
}
