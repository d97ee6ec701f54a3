using Protean.Storage;

namespace Protean;

/// <summary>
/// What a unit of work reads from and commits to: the store, or somebody who gathers several commits on their way there and lets
/// those who come later see what is gathered.
/// </summary>
internal class Workspace(Domain domain, IEventStore store)
{
    private AggregateLoader? _loader;

    public IEventStore Store => store;

    public AggregateLoader Loader => _loader ??= new(store, domain.Model.Types);

    /// <summary>The generation of a projection's documents that is read and written here; in the store itself the live one.</summary>
    public virtual ValueTask<long> GenerationAsync(string collection, CancellationToken cancellationToken) =>
        domain.Generations.LiveAsync(collection, cancellationToken);

    /// <summary>Commits what a unit of work has drafted.</summary>
    /// <returns>The messages that inline handlers want, as far as they have their places in the log.</returns>
    public virtual async ValueTask<IReadOnlyList<Message>> CommitAsync(CommitDraft draft, Commit commit, CancellationToken cancellationToken)
    {
        var result = await domain.CommitAsync(commit, cancellationToken).ConfigureAwait(false);
        draft.Stored();
        return draft.Located(commit, result);
    }

    /// <summary>Publishes what a unit of work has published, now that it is done: whatever it had to commit is committed.</summary>
    public virtual ValueTask PublishAsync(CommitDraft draft) => domain.Published.PublishAsync(draft.Published);
}
