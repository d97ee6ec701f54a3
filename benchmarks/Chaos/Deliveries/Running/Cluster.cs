using Protean.Benchmarks.Chaos.Stores;

namespace Protean.Benchmarks.Chaos.Deliveries.Running;

/// <summary>The nodes of a run. For each one that ends another takes its place.</summary>
internal sealed class Cluster(StoreAddress store, int size, int seed) : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private readonly List<Node> _all = [];
    private readonly List<Node> _alive = [];
    private readonly Holdings _holdings = new();

    /// <summary>The one that was started last.</summary>
    public Node Youngest => _alive[^1];

    public int Takeovers => _holdings.Takeovers;

    /// <summary>What all of them have said to standard error. Only to be read when they have ended.</summary>
    public async Task<IReadOnlyList<(int Node, string Text)>> ComplaintsAsync()
    {
        List<(int, string)> complaints = [];
        foreach (var node in _all)
            complaints.Add((node.Number, await node.Child.Complaints));
        return complaints;
    }

    public void Start()
    {
        while (_alive.Count < size)
        {
            var number = _all.Count + 1;
            var node = new Node(number, unchecked((seed * 31) + number), store, (taker, taken) => _holdings.Take(taker.Number, taken));
            _all.Add(node);
            _alive.Add(node);
        }
    }

    /// <summary>One of them; most often one that has partitions.</summary>
    public Node Any(Random random)
    {
        var busy = _alive.Where(node => _holdings.HasAny(node.Number)).ToArray();
        return busy.Length == 0 || random.Next(4) == 0 ? _alive[random.Next(_alive.Count)] : busy[random.Next(busy.Length)];
    }

    /// <summary>Kills a node and starts another.</summary>
    /// <returns>How many partitions it had.</returns>
    public async Task<int> KillAsync(Node node)
    {
        // Before it is killed, so that who goes on with its partitions is known to have taken them over.
        var partitions = _holdings.Kill(node.Number);
        await node.Child.KillAsync();
        _alive.Remove(node);
        Start();
        return partitions;
    }

    /// <summary>Ends a node as a service is ended, and starts another.</summary>
    public async Task ReplaceAsync(Node node, CancellationToken cancellationToken)
    {
        await node.Child.WaitAsync(node.Up, _patience, static () => "did not begin", cancellationToken);
        await node.Child.TerminateAsync(_patience, cancellationToken);
        _alive.Remove(node);
        Start();
    }

    /// <summary>Waits until a node has what it is to have.</summary>
    public static Task ReadyAsync(Node node, CancellationToken cancellationToken) =>
        node.Child.WaitAsync(node.Ready, _patience, static () => "did not get its share of the partitions", cancellationToken);

    public Task ReadyAsync(CancellationToken cancellationToken) => Task.WhenAll(_alive.Select(node => ReadyAsync(node, cancellationToken)));

    /// <summary>Lets all of them feed no more.</summary>
    public async Task QuietAsync(CancellationToken cancellationToken)
    {
        foreach (var node in _alive)
        {
            await node.Child.TellToStopAsync(cancellationToken);
            await node.Child.WaitAsync(node.Quiet, _patience, static () => "did not stop to feed", cancellationToken);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.WhenAll(_alive.Select(node => node.Child.TerminateAsync(_patience, cancellationToken)));

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _all)
            await node.DisposeAsync();
    }
}
