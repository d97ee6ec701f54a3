using System.Net;

namespace InventoryOrders.Serve;

/// <summary>Where the server listens.</summary>
/// <param name="Ip">The address; loopback unless somebody asked for another.</param>
/// <param name="Port">The port; 0 takes a free one.</param>
public sealed record ServerAddress(IPAddress Ip, int Port)
{
    public const int DefaultPort = 5080;

    public static ServerAddress FreeLoopbackPort { get; } = new(IPAddress.Loopback, 0);

    public bool IsLoopback => IPAddress.IsLoopback(Ip);
}
