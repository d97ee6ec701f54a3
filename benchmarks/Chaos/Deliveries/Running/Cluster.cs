namespace Protean.Benchmarks.Chaos.Deliveries.Running;

/// <summary>The nodes of a run, one for each post. For each one that ends another takes its place.</summary>
internal sealed class Cluster(IReadOnlyList<Post> posts, int seed) : IAsyncDisposable
{
    private const int LastComplaints = 60;
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private readonly List<Node> _all = [];
    private readonly List<Node> _alive = [];
    private readonly Holdings _holdings = new();
    private string? _order;

    /// <summary>The one that was started last.</summary>
    public Node Youngest => _alive[^1];

    public int Takeovers => _holdings.Takeovers;

    /// <summary>How many messages came to inboxes again, as far as those could say who were killed. Only to be read when all have ended, as the next one.</summary>
    public long Redelivered => _all.Sum(static node => node.Redelivered);

    /// <summary>How many messages were handled after failures.</summary>
    public long Recovered => _all.Sum(static node => node.Recovered);

    /// <summary>How many messages the broker brought to handlers that it feeds.</summary>
    public long Brought => _all.Sum(static node => node.Brought);

    /// <summary>How many messages of such handlers were read from the store.</summary>
    public long FilledIn => _all.Sum(static node => node.FilledIn);

    /// <summary>Writes what each of them has said to standard error last. Only to be called when they have ended.</summary>
    public async Task ComplainAsync(TextWriter output)
    {
        foreach (var node in _all)
        {
            foreach (var line in (await node.Child.Complaints).Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(LastComplaints))
                await output.WriteLineAsync($"{node.Child.Name}: {line}");
        }
    }

    public void Start()
    {
        foreach (var post in posts)
            Start(post);
    }

    /// <summary>One of them; most often one that has partitions, and every third time the one that receives from a broker.</summary>
    public Node Any(Random random)
    {
        if (_alive.MaxBy(static node => node.LastKept) is { LastKept: > 0 } receiving && random.Next(3) == 0)
            return receiving;
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
        await StartAsync(node.Post, CancellationToken.None);
        return partitions;
    }

    /// <summary>Ends a node as a service is ended, and starts another.</summary>
    public async Task ReplaceAsync(Node node, CancellationToken cancellationToken)
    {
        await node.Child.WaitAsync(node.Up, _patience, static () => "did not begin", cancellationToken);
        await node.Child.TerminateAsync(_patience, cancellationToken);
        _alive.Remove(node);
        await StartAsync(node.Post, cancellationToken);
    }

    /// <summary>Waits until a node has what it is to have.</summary>
    public static Task ReadyAsync(Node node, CancellationToken cancellationToken) =>
        node.Child.WaitAsync(node.Ready, _patience, static () => "did not get its share of the partitions", cancellationToken);

    public Task ReadyAsync(CancellationToken cancellationToken) => Task.WhenAll(_alive.Select(node => ReadyAsync(node, cancellationToken)));

    /// <summary>Gives an order to all that feed, and to those that will take their places.</summary>
    public async Task TellAsync(string order, CancellationToken cancellationToken)
    {
        _order = order;
        foreach (var node in Feeding)
            await node.Child.TellAsync(order, cancellationToken);
    }

    /// <summary>Lets all of them feed no more.</summary>
    public async Task QuietAsync(CancellationToken cancellationToken)
    {
        foreach (var node in Feeding)
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

    private IEnumerable<Node> Feeding => _alive.Where(static node => node.Post.Feeds);

    private async Task StartAsync(Post post, CancellationToken cancellationToken)
    {
        var node = Start(post);
        if (_order is not null && post.Feeds)
            await node.Child.TellAsync(_order, cancellationToken);
    }

    private Node Start(Post post)
    {
        var number = _all.Count + 1;
        var node = new Node(number, unchecked((seed * 31) + number), post, (taker, taken) => _holdings.Take(taker.Number, taken));
        _all.Add(node);
        _alive.Add(node);
        return node;
    }
}
