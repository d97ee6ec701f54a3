using System.Linq.Expressions;

namespace Protean;

/// <summary>The aggregates of one type within a unit of work.</summary>
internal sealed class UnitRepository<TAggregate>(UnitOfWork unit, AggregateModel model) : IRepository<TAggregate>
    where TAggregate : AggregateRoot
{
    public async ValueTask<TAggregate> GetAsync(AggregateId id, CancellationToken cancellationToken = default) =>
        (TAggregate)(await unit.FindAsync(model, id, cancellationToken).ConfigureAwait(false) ?? throw new AggregateNotFoundException(typeof(TAggregate), $"with id '{id}'"));

    public ValueTask<TAggregate> GetAsync(AggregateId id, long atVersion, CancellationToken cancellationToken = default) =>
        PastStates.GetAsync<TAggregate>(unit.Domain, model, id, atVersion, null, cancellationToken);

    public ValueTask<TAggregate> GetAsync(AggregateId id, DateTimeOffset asOf, CancellationToken cancellationToken = default) =>
        PastStates.GetAsync<TAggregate>(unit.Domain, model, id, null, asOf, cancellationToken);

    public async ValueTask<TAggregate?> FindAsync(AggregateId id, CancellationToken cancellationToken = default) =>
        (TAggregate?)await unit.FindAsync(model, id, cancellationToken).ConfigureAwait(false);

    public async ValueTask<TAggregate> GetByAsync(Expression<Func<TAggregate, bool>> where, CancellationToken cancellationToken = default) =>
        await FindByAsync(where, cancellationToken).ConfigureAwait(false) ?? throw new AggregateNotFoundException(typeof(TAggregate), $"where {where.Body}");

    public async ValueTask<TAggregate?> FindByAsync(Expression<Func<TAggregate, bool>> where, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(where);
        var found = await QueryAsync(where, query => query.Take(2), cancellationToken).ConfigureAwait(false);
        return found.Count == 0 ? null : found.Count == 1 ? found[0] : throw new InvalidOperationException($"Several {typeof(TAggregate).Name} match {where.Body}, and one was asked for: use QueryAsync, or make the member unique.");
    }

    public async ValueTask<IReadOnlyList<TAggregate>> QueryAsync(
        Expression<Func<TAggregate, bool>>? where = null, Func<Query<TAggregate>, Query<TAggregate>>? shape = null, CancellationToken cancellationToken = default)
    {
        var query = Query<TAggregate>.Build(Collection, where, shape, model.State.Format.Options);
        await ReadyAsync(cancellationToken).ConfigureAwait(false);
        var documents = await unit.Workspace.Store.QueryDocumentsAsync(query, cancellationToken).ConfigureAwait(false);
        var found = new List<TAggregate>(documents.Count);
        foreach (var document in documents)
        {
            if (unit.TrackedOr(model, document) is TAggregate aggregate)
                found.Add(aggregate);
        }

        return found;
    }

    public async ValueTask<long> CountAsync(Expression<Func<TAggregate, bool>>? where = null, CancellationToken cancellationToken = default)
    {
        var query = Query<TAggregate>.Build(Collection, where, null, model.State.Format.Options);
        await ReadyAsync(cancellationToken).ConfigureAwait(false);
        return await unit.Workspace.Store.CountDocumentsAsync(query, cancellationToken).ConfigureAwait(false);
    }

    public ValueTask<bool> ExistsAsync(AggregateId id, CancellationToken cancellationToken = default) => unit.ExistsAsync(model, id, cancellationToken);

    public void Add(TAggregate aggregate)
    {
        ArgumentNullException.ThrowIfNull(aggregate);
        if (aggregate.Version >= 0)
            throw new InvalidOperationException($"{aggregate} is stored already: what the unit of work has loaded it saves by itself.");
        unit.Track(model, aggregate);
    }

    public ValueTask SaveAsync(TAggregate aggregate, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(aggregate);
        unit.Track(model, aggregate);
        return ValueTask.CompletedTask;
    }

    public ValueTask RemoveAsync(TAggregate aggregate, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(aggregate);
        unit.Remove(model, aggregate);
        return ValueTask.CompletedTask;
    }

    private ValueTask ReadyAsync(CancellationToken cancellationToken)
    {
        unit.RefuseUnlessOpen();
        return unit.Domain.EnsureStartedAsync(cancellationToken);
    }

    private string Collection => model.IsEventSourced
        ? throw new NotSupportedException($"{typeof(TAggregate).Name} is event-sourced, so it can be loaded by its id only: query a projection of it.")
        : model.Category;
}

/// <summary>Loads states of the past.</summary>
internal static class PastStates
{
    public static async ValueTask<TAggregate> GetAsync<TAggregate>(
        Domain domain, AggregateModel model, AggregateId id, long? atVersion, DateTimeOffset? asOf, CancellationToken cancellationToken)
    {
        await domain.EnsureStartedAsync(cancellationToken).ConfigureAwait(false);
        var root = await domain.Workspace.Loader.LoadPastAsync(model, model.KeyOf(id), atVersion, asOf, cancellationToken).ConfigureAwait(false);
        var when = atVersion is null ? $"as of {asOf:O}" : $"at version {atVersion}";
        return (TAggregate)(object)(root ?? throw new AggregateNotFoundException(typeof(TAggregate), $"with id '{id}' {when}"));
    }
}
