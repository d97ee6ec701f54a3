namespace Protean.EventStore.TestServer;

/// <summary>
/// Decides about the bytes of one read. They may hold several messages, or a part of one. Both directions of a connection
/// ask at the same time; an exception resets the connection and comes out of <see cref="TcpProxy.DisposeAsync"/>.
/// </summary>
public delegate ProxyAction ProxyRule(ProxyConnection connection, ProxyDirection direction, ReadOnlyMemory<byte> bytes);
