using System.Net;
using System.Net.Sockets;
using System.Text;
using Shouldly;
using Xunit;

namespace Protean.EventStore.TestServer.Tests;

/// <summary>A client and a server with a proxy between them, each in the hands of the test.</summary>
internal sealed class ProxiedPair : IAsyncDisposable
{
    private readonly TcpListener _listener;

    private ProxiedPair(TcpListener listener, TcpProxy proxy, Socket client, Socket server)
    {
        _listener = listener;
        Proxy = proxy;
        Client = client;
        Server = server;
        Connection = proxy.Connections.ShouldHaveSingleItem();
    }

    public TcpProxy Proxy { get; }

    public Socket Client { get; }

    public Socket Server { get; }

    public ProxyConnection Connection { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<ProxiedPair> ConnectAsync()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var proxy = TcpProxy.Start(((IPEndPoint)listener.LocalEndpoint).Port);
        var client = await ConnectToAsync(proxy);
        var server = await listener.AcceptSocketAsync(Token);
        // A byte through it says that the proxy knows the connection.
        await SendAsync(client, "!");
        (await ReceiveAsync(server, 1)).ShouldBe("!");
        return new ProxiedPair(listener, proxy, client, server);
    }

    public static async Task<Socket> ConnectToAsync(TcpProxy proxy)
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await client.ConnectAsync(IPAddress.Loopback, proxy.Port, Token);
        return client;
    }

    public async Task<Socket> AcceptAsync() => await _listener.AcceptSocketAsync(Token);

    public static async Task SendAsync(Socket socket, string text) => await socket.SendAsync(Encoding.ASCII.GetBytes(text), Token);

    /// <summary>So many bytes, or what came before the end.</summary>
    public static async Task<string> ReceiveAsync(Socket socket, int count)
    {
        var buffer = new byte[count];
        var received = 0;
        while (received < count && await socket.ReceiveAsync(buffer.AsMemory(received), Token) is var read and > 0)
            received += read;
        return Encoding.ASCII.GetString(buffer, 0, received);
    }

    /// <summary>Everything up to the end the other side made.</summary>
    public static Task<string> ReceiveToEndAsync(Socket socket) => ReceiveAsync(socket, 1000);

    /// <summary>A rule for the chunk that begins with this text; all else is forwarded. What was sent at once may come as one chunk.</summary>
    public void On(string text, ProxyAction action) =>
        Proxy.Rule = (_, _, bytes) => Encoding.ASCII.GetString(bytes.Span).StartsWith(text, StringComparison.Ordinal) ? action : ProxyAction.Forward;

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        Server.Dispose();
        _listener.Dispose();
        await Proxy.DisposeAsync();
    }
}
