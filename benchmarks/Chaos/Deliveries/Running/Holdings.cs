using Protean.Benchmarks.Chaos.Histories;

namespace Protean.Benchmarks.Chaos.Deliveries.Running;

/// <summary>Which node has taken which partition last.</summary>
internal sealed class Holdings
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Handler, int Partition), (int Node, long Epoch)> _last = [];
    private readonly HashSet<int> _killed = [];

    /// <summary>How often a node has gone on with a partition that was a killed node's.</summary>
    public int Takeovers { get; private set; }

    public void Take(int node, Taken taken)
    {
        lock (_gate)
        {
            var key = (taken.Handler, taken.Partition);
            if (_last.TryGetValue(key, out var last) && last.Epoch >= taken.Epoch)
                return;
            if (last.Epoch > 0 && _killed.Contains(last.Node))
                Takeovers++;
            _last[key] = (node, taken.Epoch);
        }
    }

    /// <returns>How many partitions the node had.</returns>
    public int Kill(int node)
    {
        lock (_gate)
        {
            _killed.Add(node);
            return _last.Values.Count(last => last.Node == node);
        }
    }

    public bool HasAny(int node)
    {
        lock (_gate)
            return _last.Values.Any(last => last.Node == node);
    }
}
