using System.Net;
using System.Net.Sockets;

namespace Protean.EventStore.TestServer;

/// <summary>
/// Stands between a client and a server and passes bytes on until a <see cref="Rule"/> says otherwise: made to cut, stall
/// and halve connections at a chosen byte.
/// </summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly EndPoint _target;
    private readonly Socket _listener;
    private readonly HashSet<ProxyConnection> _connections = [];
    private readonly List<Task> _started = [];
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _accepting;
    private volatile ProxyRule _rule = static (_, _, _) => ProxyAction.Forward;
    private volatile bool _refuse;
    private int _accepted;

    private TcpProxy(EndPoint target)
    {
        _target = target;
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    /// <summary>Where clients connect to, on 127.0.0.1.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>Asked about all bytes that come in from now on. Default: forwards everything.</summary>
    public ProxyRule Rule
    {
        get => _rule;
        set => _rule = value;
    }

    /// <summary>Resets new connections as soon as they are made. Those present go on.</summary>
    public bool Refuse
    {
        get => _refuse;
        set => _refuse = value;
    }

    /// <summary>How many connections clients have made so far, refused ones included.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>Those that are open on a side at least.</summary>
    public IReadOnlyList<ProxyConnection> Connections
    {
        get
        {
            lock (_gate)
                return [.. _connections.OrderBy(c => c.Number)];
        }
    }

    internal Task Stopped => _stopped.Task;

    /// <summary>Listens on a free loopback port for connections to the target.</summary>
    public static TcpProxy Start(EndPoint target) => new(target);

    /// <summary>Listens on a free loopback port for connections to a port on 127.0.0.1.</summary>
    public static TcpProxy Start(int port) => new(new IPEndPoint(IPAddress.Loopback, port));

    /// <summary>Resets both sides of all present connections.</summary>
    public void CutAll()
    {
        foreach (var connection in Connections)
            connection.Reset();
    }

    /// <summary>Resets everything. Throws what a rule has thrown.</summary>
    public async ValueTask DisposeAsync()
    {
        _stopped.TrySetResult();
        _listener.Dispose();
        await _accepting;
        Task[] started;
        lock (_gate)
            started = [.. _started];
        CutAll();
        await Task.WhenAll(started);
    }

    internal void Remove(ProxyConnection connection)
    {
        lock (_gate)
            _connections.Remove(connection);
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket client;
            try
            {
                client = await _listener.AcceptAsync();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                if (_stopped.Task.IsCompleted)
                    return;
                continue;
            }
            var number = Interlocked.Increment(ref _accepted);
            lock (_gate)
                _started.Add(ServeAsync(client, number));
        }
    }

    private async Task ServeAsync(Socket socket, int number)
    {
        await Task.Yield();
        socket.NoDelay = true;
        var client = new ProxySide(socket);
        var server = _refuse ? null : await ConnectAsync();
        if (server is null)
        {
            client.Reset();
            return;
        }
        var connection = new ProxyConnection(this, number, client, server);
        lock (_gate)
        {
            _connections.Add(connection);
            connection.Start();
        }
        // Whoever has cut all meanwhile has not seen this one.
        if (_stopped.Task.IsCompleted || _refuse)
            connection.Reset();
        await connection.Closed;
    }

    private async Task<ProxySide?> ConnectAsync()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(_target);
            return new ProxySide(socket);
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    }
}
