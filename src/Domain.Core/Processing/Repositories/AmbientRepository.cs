using System.Linq.Expressions;

namespace Protean;

/// <summary>
/// The repository that is injected: within a handler it works in the handler's unit of work, elsewhere each call
/// gets a unit of work of its own.
/// </summary>
internal sealed class AmbientRepository<TAggregate>(Domain domain) : IRepository<TAggregate>
    where TAggregate : AggregateRoot
{
    private IRepository<TAggregate>? Current => HandlerContext.UnitIn(domain)?.Repository<TAggregate>();

    public ValueTask<TAggregate> GetAsync(AggregateId id, CancellationToken cancellationToken = default) =>
        Current is { } current ? current.GetAsync(id, cancellationToken) : AloneAsync(r => r.GetAsync(id, cancellationToken), cancellationToken);

    public ValueTask<TAggregate> GetAsync(AggregateId id, long atVersion, CancellationToken cancellationToken = default) =>
        PastStates.GetAsync<TAggregate>(domain, Model, id, atVersion, null, cancellationToken);

    public ValueTask<TAggregate> GetAsync(AggregateId id, DateTimeOffset asOf, CancellationToken cancellationToken = default) =>
        PastStates.GetAsync<TAggregate>(domain, Model, id, null, asOf, cancellationToken);

    public ValueTask<TAggregate?> FindAsync(AggregateId id, CancellationToken cancellationToken = default) =>
        Current is { } current ? current.FindAsync(id, cancellationToken) : AloneAsync(r => r.FindAsync(id, cancellationToken), cancellationToken);

    public ValueTask<TAggregate> GetByAsync(Expression<Func<TAggregate, bool>> where, CancellationToken cancellationToken = default) =>
        Current is { } current ? current.GetByAsync(where, cancellationToken) : AloneAsync(r => r.GetByAsync(where, cancellationToken), cancellationToken);

    public ValueTask<TAggregate?> FindByAsync(Expression<Func<TAggregate, bool>> where, CancellationToken cancellationToken = default) =>
        Current is { } current ? current.FindByAsync(where, cancellationToken) : AloneAsync(r => r.FindByAsync(where, cancellationToken), cancellationToken);

    public ValueTask<IReadOnlyList<TAggregate>> QueryAsync(
        Expression<Func<TAggregate, bool>>? where = null, Func<Query<TAggregate>, Query<TAggregate>>? shape = null, CancellationToken cancellationToken = default) =>
        Current is { } current ? current.QueryAsync(where, shape, cancellationToken) : AloneAsync(r => r.QueryAsync(where, shape, cancellationToken), cancellationToken);

    public ValueTask<long> CountAsync(Expression<Func<TAggregate, bool>>? where = null, CancellationToken cancellationToken = default) =>
        Current is { } current ? current.CountAsync(where, cancellationToken) : AloneAsync(r => r.CountAsync(where, cancellationToken), cancellationToken);

    public ValueTask<bool> ExistsAsync(AggregateId id, CancellationToken cancellationToken = default) =>
        Current is { } current ? current.ExistsAsync(id, cancellationToken) : AloneAsync(r => r.ExistsAsync(id, cancellationToken), cancellationToken);

    public void Add(TAggregate aggregate) =>
        (Current ?? throw new InvalidOperationException("There is no unit of work here to add to: use SaveAsync, or domain.BeginUnitOfWork().")).Add(aggregate);

    public ValueTask SaveAsync(TAggregate aggregate, CancellationToken cancellationToken = default) =>
        Current is { } current ? current.SaveAsync(aggregate, cancellationToken) : CommitAsync(r => r.SaveAsync(aggregate, cancellationToken), cancellationToken);

    public ValueTask RemoveAsync(TAggregate aggregate, CancellationToken cancellationToken = default) =>
        Current is { } current ? current.RemoveAsync(aggregate, cancellationToken) : CommitAsync(r => r.RemoveAsync(aggregate, cancellationToken), cancellationToken);

    private AggregateModel Model => domain.Model.AggregateOf(typeof(TAggregate));

    private async ValueTask<T> AloneAsync<T>(Func<IRepository<TAggregate>, ValueTask<T>> read, CancellationToken cancellationToken)
    {
        await domain.EnsureStartedAsync(cancellationToken).ConfigureAwait(false);
        return await read(new UnitRepository<TAggregate>(domain.BeginUnitOfWork(), Model)).ConfigureAwait(false);
    }

    private async ValueTask CommitAsync(Func<IRepository<TAggregate>, ValueTask> write, CancellationToken cancellationToken)
    {
        var unit = domain.BeginUnitOfWork();
        await write(new UnitRepository<TAggregate>(unit, Model)).ConfigureAwait(false);
        await unit.CommitAsync(cancellationToken).ConfigureAwait(false);
    }
}
