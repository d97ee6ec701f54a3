using Protean.EventStore.TestServer;

namespace Protean.Brokers.TestServer;

/// <summary>The ports of a node: for clients without and with TLS, for the Erlang port mapper, and for other nodes, of which there are none.</summary>
internal sealed record NodePorts(int Amqp, int Amqps, int Epmd, int Distribution)
{
    public static NodePorts Free()
    {
        HashSet<int> ports = [];
        while (ports.Count < 4)
            ports.Add(LoopbackPorts.Free());
        return ports.ToArray() is [var amqp, var amqps, var epmd, var distribution] ? new(amqp, amqps, epmd, distribution) : throw new InvalidOperationException();
    }
}
