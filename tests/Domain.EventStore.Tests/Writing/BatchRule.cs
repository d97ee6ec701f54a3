using System.Collections.Concurrent;
using System.Text;
using Protean.EventStore.TestServer;

namespace Protean.EventStore.Tests.Writing;

/// <summary>Does something to one of the batches that pass a proxy, or to the answer to it.</summary>
internal sealed class BatchRule
{
    /// <summary>Stands in the first statement of every batch, and in nothing else that the store sends.</summary>
    private static readonly byte[] _mark = Encoding.UTF8.GetBytes("set_config('lock_timeout'");

    private readonly TaskCompletionSource<ProxyConnection> _met = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<int, bool> _asked = new();
    private readonly int _number;
    private readonly Func<int, ProxyAction>? _toServer;
    private readonly Func<int, ProxyAction>? _toClient;
    private readonly TcpProxy _proxy;
    private readonly bool _thenRefuse;
    private int _seen;

    private BatchRule(TcpProxy proxy, int number, Func<int, ProxyAction>? toServer, Func<int, ProxyAction>? toClient, bool thenRefuse)
    {
        _proxy = proxy;
        _number = number;
        _toServer = toServer;
        _toClient = toClient;
        _thenRefuse = thenRefuse;
        proxy.Rule = Decide;
    }

    /// <summary>Done when the batch has come.</summary>
    public Task<ProxyConnection> Met => _met.Task;

    /// <summary>How many batches have come.</summary>
    public int Batches => Volatile.Read(ref _seen);

    /// <param name="proxy">Where the batches pass.</param>
    /// <param name="action">What happens to the batch, given its length.</param>
    /// <param name="number">Which batch it is, from 1.</param>
    /// <param name="thenRefuse">Whether all other connections end, and nobody can connect from then on.</param>
    public static BatchRule OnBatch(TcpProxy proxy, Func<int, ProxyAction> action, int number = 1, bool thenRefuse = false) => new(proxy, number, action, null, thenRefuse);

    public static BatchRule OnAnswer(TcpProxy proxy, Func<int, ProxyAction> action, int number = 1) => new(proxy, number, null, action, thenRefuse: false);

    private ProxyAction Decide(ProxyConnection connection, ProxyDirection direction, ReadOnlyMemory<byte> bytes)
    {
        if (direction == ProxyDirection.ToClient)
            return _asked.ContainsKey(connection.Number) && _toClient is not null ? _toClient(bytes.Length) : ProxyAction.Forward;
        if (bytes.Span.IndexOf(_mark) < 0 || Interlocked.Increment(ref _seen) != _number)
            return ProxyAction.Forward;
        _asked[connection.Number] = true;
        if (_thenRefuse)
            Isolate(connection);
        _met.TrySetResult(connection);
        return _toServer?.Invoke(bytes.Length) ?? ProxyAction.Forward;
    }

    /// <summary>Leaves no way to the server but one.</summary>
    private void Isolate(ProxyConnection connection)
    {
        _proxy.Refuse = true;
        foreach (var other in _proxy.Connections.Where(other => other != connection))
            other.Reset();
    }
}
