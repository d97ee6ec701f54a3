using System.Collections.Concurrent;

namespace Protean;

/// <summary>Remembers which generation of a projection's documents is live. A write to one that is not any more is refused by the store.</summary>
internal sealed class LiveGenerations(Domain domain)
{
    private volatile ConcurrentDictionary<string, long> _live = new();

    public ValueTask<long> LiveAsync(string collection, CancellationToken cancellationToken) =>
        _live.TryGetValue(collection, out var generation) ? new(generation) : FindAsync(collection, cancellationToken);

    /// <summary>Called when the live generation may be another one: the next try looks again.</summary>
    public void Forget() => _live = new();

    private async ValueTask<long> FindAsync(string collection, CancellationToken cancellationToken)
    {
        // What is forgotten while the store is asked is kept in a dictionary that nobody looks into any more.
        var live = _live;
        var generations = await domain.Store.GetGenerationsAsync(collection, cancellationToken).ConfigureAwait(false);
        return live[collection] = generations.Live;
    }
}
