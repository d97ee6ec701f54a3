namespace Protean.EventStore.TestServer;

/// <summary>A client's connection through a <see cref="TcpProxy"/>. Each of its sides can end while the other goes on.</summary>
public sealed class ProxyConnection
{
    private const int BufferSize = 64 * 1024;

    private readonly Lock _gate = new();
    private readonly TcpProxy _proxy;
    private readonly ProxySide _client;
    private readonly ProxySide _server;
    private TaskCompletionSource _held = NewSignal();
    private TaskCompletionSource _released = NewSignal();
    private long _toServer;
    private long _toClient;

    internal ProxyConnection(TcpProxy proxy, int number, ProxySide client, ProxySide server)
    {
        _proxy = proxy;
        Number = number;
        _client = client;
        _server = server;
    }

    /// <summary>1 for the first connection of the proxy.</summary>
    public int Number { get; }

    /// <summary>How many bytes were passed on to the server.</summary>
    public long BytesToServer => Interlocked.Read(ref _toServer);

    /// <summary>How many bytes were passed on to the client.</summary>
    public long BytesToClient => Interlocked.Read(ref _toClient);

    /// <summary>Done when bytes are held. After <see cref="Release"/> there is a new one for the next time.</summary>
    public Task Held
    {
        get
        {
            lock (_gate)
                return _held.Task;
        }
    }

    /// <summary>Done when both sides have ended and nothing is held.</summary>
    public Task Closed { get; private set; } = Task.CompletedTask;

    /// <summary>Passes on what is held, to a side that is still there.</summary>
    public void Release()
    {
        lock (_gate)
        {
            _released.SetResult();
            _released = NewSignal();
            _held = NewSignal();
        }
    }

    /// <summary>Ends sides after what was passed on to them, and leaves the others open: they are not told.</summary>
    public void Cut(ProxySides sides = ProxySides.Both)
    {
        foreach (var side in Sides(sides))
            side.Cut();
    }

    /// <summary>Ends sides at once with a reset, and leaves the others open: they are not told.</summary>
    public void Reset(ProxySides sides = ProxySides.Both)
    {
        foreach (var side in Sides(sides))
            side.Reset();
    }

    internal void Start() => Closed = RunAsync();

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private IEnumerable<ProxySide> Sides(ProxySides sides)
    {
        if (sides.HasFlag(ProxySides.Client))
            yield return _client;
        if (sides.HasFlag(ProxySides.Server))
            yield return _server;
    }

    private async Task RunAsync()
    {
        // Off the caller's stack: the connection is known to the proxy before its first rule runs.
        await Task.Yield();
        using (_client)
        using (_server)
        {
            try
            {
                await Task.WhenAll(RelayAsync(ProxyDirection.ToServer, _client, _server), RelayAsync(ProxyDirection.ToClient, _server, _client));
            }
            finally
            {
                _proxy.Remove(this);
            }
        }
    }

    private async Task RelayAsync(ProxyDirection direction, ProxySide source, ProxySide target)
    {
        var buffer = new byte[BufferSize];
        var dropping = false;
        try
        {
            int read;
            while ((read = await source.ReceiveAsync(buffer)) > 0)
            {
                if (!dropping && !source.IsCut)
                    dropping = await PassAsync(direction, buffer.AsMemory(0, read), source, target);
            }
            if (source.IsCut || dropping)
                return;
            if (read == 0)
                target.End();
            else
                target.Reset();
        }
        catch
        {
            Reset();
            throw;
        }
    }

    /// <summary>Whether everything later in this direction is to be dropped.</summary>
    private async Task<bool> PassAsync(ProxyDirection direction, ReadOnlyMemory<byte> bytes, ProxySide source, ProxySide target)
    {
        var action = _proxy.Rule(this, direction, bytes);
        if (action.Holds && !await HoldAsync())
            return true;
        var cut = Sides(action.Cut).ToArray();
        // Before the bytes go out: the answer to them could come back sooner than we get to it.
        if (cut.Contains(source))
            source.Cut();
        var forwarded = bytes[..Math.Min(bytes.Length, action.Forwarded ?? bytes.Length)];
        Interlocked.Add(ref direction == ProxyDirection.ToServer ? ref _toServer : ref _toClient, forwarded.Length);
        await target.SendAsync(forwarded);
        if (cut.Contains(target))
            target.Cut();
        return action.Drops;
    }

    /// <summary>False when the proxy ended before anybody released what is held.</summary>
    private async Task<bool> HoldAsync()
    {
        Task released;
        lock (_gate)
        {
            released = _released.Task;
            _held.TrySetResult();
        }
        return await Task.WhenAny(released, _proxy.Stopped) == released;
    }
}
