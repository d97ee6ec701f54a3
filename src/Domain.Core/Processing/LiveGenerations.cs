using System.Collections.Concurrent;

namespace Protean;

/// <summary>Remembers which generation of a projection's documents is live. A write to one that is not any more is refused by the store.</summary>
internal sealed class LiveGenerations(Domain domain)
{
    private readonly ConcurrentDictionary<string, long> _live = new();

    public ValueTask<long> LiveAsync(string collection, CancellationToken cancellationToken) =>
        _live.TryGetValue(collection, out var generation) ? new(generation) : FindAsync(collection, cancellationToken);

    /// <summary>Called when the store has refused a write for its generation: the next try looks again.</summary>
    public void Forget() => _live.Clear();

    private async ValueTask<long> FindAsync(string collection, CancellationToken cancellationToken)
    {
        var generations = await domain.Store.GetGenerationsAsync(collection, cancellationToken).ConfigureAwait(false);
        return _live[collection] = generations.Live;
    }
}
