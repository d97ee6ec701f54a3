namespace Protean.Benchmarks.Chaos.Notifications.Domains;

/// <summary>A parcel of the shop, as it comes in.</summary>
internal sealed record ParcelArrived(string Desk, long Number) : IDomainEvent
{
    /// <summary>What is written down of it.</summary>
    public string Entry => $"{Desk}/{Number}";
}

/// <summary>The word of the shop that no more will come.</summary>
internal sealed record ShopHasClosed(string Desk) : IDomainEvent;

/// <summary>A parcel has been entered. It is told through the broker to who makes statements.</summary>
internal sealed record ParcelEntered(string Desk, long Number) : IDomainEvent
{
    /// <summary>What is written down of it.</summary>
    public string Entry => $"{Desk}/{Number}";
}

/// <summary>Lists the parcels of one desk: the effect that each is to have once.</summary>
internal sealed class Account : Aggregate
{
    public List<string> Entries { get; private set; } = [];

    public bool IsClosed { get; private set; }

    public static Account Of(string id) => new() { Id = id };

    public void Enter(ParcelArrived parcel)
    {
        Entries.Add(parcel.Entry);
        Raise(new ParcelEntered(parcel.Desk, parcel.Number));
    }

    public void Close() => IsClosed = true;
}
