using System.Runtime.CompilerServices;
using Protean.Storage;

namespace Protean.Engine;

/// <summary>Reads failure records page by page.</summary>
internal static class FailureScan
{
    private const int PageSize = 500;

    public static async IAsyncEnumerable<FailureRecord> AllAsync(IEventStore store, FailureQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        query = query with { Take = PageSize };
        while (true)
        {
            var page = await store.QueryFailuresAsync(query, cancellationToken).ConfigureAwait(false);
            foreach (var record in page)
                yield return record;
            if (page.Count < PageSize)
                yield break;
            query = query with { After = page[^1].Key };
        }
    }

    /// <summary>Reads one record as it is now; nothing if there is none.</summary>
    public static async ValueTask<FailureRecord?> FindAsync(IEventStore store, FailureKey key, CancellationToken cancellationToken)
    {
        var before = new FailureKey(key.Handler, "", key.GlobalPosition);
        var found = await store.QueryFailuresAsync(new() { Handler = key.Handler, After = before, Take = 100 }, cancellationToken).ConfigureAwait(false);
        return found.FirstOrDefault(r => r.Key == key);
    }
}
