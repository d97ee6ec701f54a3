using System.Linq.Expressions;
using Protean.Storage;

namespace Protean;

/// <summary>Reads the documents of a projection; within a handler, what its unit of work has changed by key counts already.</summary>
internal sealed class DocumentView<TView>(Domain domain, UnitOfWork? unit) : IView<TView>
    where TView : class
{
    /// <summary>The one that is injected: it works in the unit of work of the handler it is called in, if any.</summary>
    public DocumentView(Domain domain)
        : this(domain, null)
    {
    }

    private ViewModel Model => domain.Model.ViewOf(typeof(TView));

    private UnitOfWork? Unit => unit ?? HandlerContext.UnitIn(domain);

    private IEventStore Store => (Unit?.Workspace ?? domain.Workspace).Store;

    public async Task<TView?> GetAsync(AggregateId key, CancellationToken cancellationToken = default)
    {
        await domain.EnsureStartedAsync(cancellationToken).ConfigureAwait(false);
        var text = key.Checked(typeof(TView).Name);
        if (Unit?.TryGetView<TView>(Model, text, out var changed) == true)
            return changed;
        var document = await Store.LoadDocumentAsync(new(Model.Collection, text), cancellationToken).ConfigureAwait(false);
        return document is null ? null : (TView)Model.State.Read(document, Model.Collection);
    }

    public async Task<IReadOnlyList<TView>> QueryAsync(
        Expression<Func<TView, bool>>? where = null, Func<Query<TView>, Query<TView>>? shape = null, CancellationToken cancellationToken = default)
    {
        await domain.EnsureStartedAsync(cancellationToken).ConfigureAwait(false);
        var query = Query<TView>.Build(Model.Collection, where, shape, Model.State.Format.Options);
        var documents = await Store.QueryDocumentsAsync(query, cancellationToken).ConfigureAwait(false);
        return [.. documents.Select(d => (TView)Model.State.Read(d, Model.Collection))];
    }

    public async Task<long> CountAsync(Expression<Func<TView, bool>>? where = null, CancellationToken cancellationToken = default)
    {
        await domain.EnsureStartedAsync(cancellationToken).ConfigureAwait(false);
        return await Store.CountDocumentsAsync(Query<TView>.Build(Model.Collection, where, null, Model.State.Format.Options), cancellationToken).ConfigureAwait(false);
    }
}
