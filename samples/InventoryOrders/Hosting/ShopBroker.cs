using Protean;

namespace InventoryOrders.Hosting;

/// <summary>Where a program takes what suppliers are to know. The domain does not know.</summary>
public sealed class ShopBroker
{
    private readonly Action<DomainBuilder> _use;

    private ShopBroker(string description, Action<DomainBuilder> use)
    {
        Description = description;
        _use = use;
    }

    /// <summary>What can be told of it: no server, no password.</summary>
    public string Description { get; }

    /// <summary>Within the program: who listens has to be there, too.</summary>
    public static ShopBroker InMemory() => new("nobody outside of this program", domain => domain.UseInMemoryBroker());

    public static ShopBroker RabbitMq(string address) => new("RabbitMQ", domain => domain.UseRabbitMq(address));

    public static bool IsAddress(string text) => Uri.TryCreate(text, UriKind.Absolute, out var address) && address is { Scheme: "amqp" or "amqps", Host.Length: > 0 };

    /// <summary>Has the domain use it.</summary>
    public void AddTo(DomainBuilder domain) => _use(domain);
}
