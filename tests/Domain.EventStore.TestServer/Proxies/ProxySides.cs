namespace Protean.EventStore.TestServer;

/// <summary>The two connections that a <see cref="ProxyConnection"/> joins.</summary>
[Flags]
public enum ProxySides
{
    /// <summary>Neither.</summary>
    None = 0,

    /// <summary>The one of the client.</summary>
    Client = 1,

    /// <summary>The one to the server.</summary>
    Server = 2,

    /// <summary>Both.</summary>
    Both = Client | Server,
}
