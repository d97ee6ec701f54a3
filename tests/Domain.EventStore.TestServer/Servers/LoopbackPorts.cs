using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Protean.EventStore.TestServer;

/// <summary>Ports below those the system gives to outgoing connections, so that one is still free after a stop of its server.</summary>
public static class LoopbackPorts
{
    private const int First = 15_000;
    private const int End = 30_000;

    /// <summary>A port that nobody has now, and that the system gives nobody who asks for any.</summary>
    public static int Free()
    {
        while (true)
        {
            var port = RandomNumberGenerator.GetInt32(First, End);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
            {
            }
        }
    }
}
