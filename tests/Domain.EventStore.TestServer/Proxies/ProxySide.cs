using System.Net.Sockets;

namespace Protean.EventStore.TestServer;

/// <summary>One of the two sockets of a connection.</summary>
internal sealed class ProxySide(Socket socket) : IDisposable
{
    private volatile bool _isCut;

    /// <summary>Whether the proxy has ended this side: what still comes from it or goes to it is discarded.</summary>
    public bool IsCut => _isCut;

    /// <summary>Zero at the end of what the other sends, and less when the connection broke.</summary>
    public async ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        try
        {
            return await socket.ReceiveAsync(buffer);
        }
        catch (Exception e) when (IsBroken(e))
        {
            return -1;
        }
    }

    public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            while (!_isCut && bytes.Length > 0)
                bytes = bytes[await socket.SendAsync(bytes)..];
        }
        catch (Exception e) when (IsBroken(e))
        {
            // The reader of this side sees it too and passes it on.
        }
    }

    /// <summary>Says that nothing more comes, after everything sent so far.</summary>
    public void End() => Try(() => socket.Shutdown(SocketShutdown.Send));

    /// <summary>
    /// Ends this side. Not by closing: what was sent before might get lost then. The socket is read until the other one
    /// closes as well.
    /// </summary>
    public void Cut()
    {
        _isCut = true;
        End();
    }

    /// <summary>Ends this side at once with a reset; what was not delivered is lost.</summary>
    public void Reset()
    {
        _isCut = true;
        Try(() =>
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
            socket.Close();
        });
    }

    public void Dispose()
    {
        _isCut = true;
        socket.Dispose();
    }

    private static bool IsBroken(Exception e) => e is SocketException or ObjectDisposedException;

    private static void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (IsBroken(e))
        {
            // It is over already.
        }
    }
}
