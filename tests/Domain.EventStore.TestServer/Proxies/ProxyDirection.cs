namespace Protean.EventStore.TestServer;

/// <summary>Where the bytes go that pass a <see cref="TcpProxy"/>.</summary>
public enum ProxyDirection
{
    /// <summary>From the client to the server.</summary>
    ToServer,

    /// <summary>From the server to the client.</summary>
    ToClient,
}
