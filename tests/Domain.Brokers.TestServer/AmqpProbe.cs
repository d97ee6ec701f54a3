using System.Net;
using System.Net.Sockets;

namespace Protean.Brokers.TestServer;

/// <summary>Finds out whether a server speaks AMQP on a port: a listener alone does not say that it is ready.</summary>
internal static class AmqpProbe
{
    private static readonly byte[] _greeting = [(byte)'A', (byte)'M', (byte)'Q', (byte)'P', 0, 0, 9, 1];

    public static async Task<bool> AnswersAsync(int port, CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
            await socket.SendAsync(_greeting, cancellationToken);
            return await socket.ReceiveAsync(new byte[1], cancellationToken) == 1;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
