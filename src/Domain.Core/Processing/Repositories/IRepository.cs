using System.Linq.Expressions;

namespace Protean;

/// <summary>
/// The aggregates of one type. Within a handler it works in the handler's unit of work: what it hands out or is given is saved at the
/// end if it changed, and each aggregate is one instance. Outside, each call stands alone, and <see cref="SaveAsync"/> commits at once.
/// </summary>
/// <typeparam name="TAggregate">The aggregate.</typeparam>
public interface IRepository<TAggregate>
    where TAggregate : AggregateRoot
{
    /// <summary>Loads an aggregate.</summary>
    /// <exception cref="AggregateNotFoundException">There is none.</exception>
    ValueTask<TAggregate> GetAsync(AggregateId id, CancellationToken cancellationToken = default);

    /// <summary>Loads an event-sourced aggregate as it was after the event at a position of its stream, to be read only.</summary>
    /// <exception cref="AggregateNotFoundException">It had no such version.</exception>
    ValueTask<TAggregate> GetAsync(AggregateId id, long atVersion, CancellationToken cancellationToken = default);

    /// <summary>Loads an event-sourced aggregate as it was at a time, to be read only.</summary>
    /// <exception cref="AggregateNotFoundException">It did not exist yet.</exception>
    ValueTask<TAggregate> GetAsync(AggregateId id, DateTimeOffset asOf, CancellationToken cancellationToken = default);

    /// <summary>Loads an aggregate, if there is one.</summary>
    ValueTask<TAggregate?> FindAsync(AggregateId id, CancellationToken cancellationToken = default);

    /// <summary>Loads the one aggregate with stored state that matches.</summary>
    /// <exception cref="AggregateNotFoundException">There is none.</exception>
    /// <exception cref="InvalidOperationException">There are several.</exception>
    ValueTask<TAggregate> GetByAsync(Expression<Func<TAggregate, bool>> where, CancellationToken cancellationToken = default);

    /// <summary>Loads the one aggregate with stored state that matches, if there is one.</summary>
    /// <exception cref="InvalidOperationException">There are several.</exception>
    ValueTask<TAggregate?> FindByAsync(Expression<Func<TAggregate, bool>> where, CancellationToken cancellationToken = default);

    /// <summary>Loads all aggregates with stored state that match, as they are stored: what this unit of work has changed counts after its commit.</summary>
    /// <param name="where">Equality and range on members, joined by <c>&amp;&amp;</c>; none for all.</param>
    /// <param name="shape">Order and page.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    ValueTask<IReadOnlyList<TAggregate>> QueryAsync(
        Expression<Func<TAggregate, bool>>? where = null, Func<Query<TAggregate>, Query<TAggregate>>? shape = null, CancellationToken cancellationToken = default);

    /// <summary>Counts the aggregates with stored state that match.</summary>
    ValueTask<long> CountAsync(Expression<Func<TAggregate, bool>>? where = null, CancellationToken cancellationToken = default);

    /// <summary>Whether there is an aggregate with this id.</summary>
    ValueTask<bool> ExistsAsync(AggregateId id, CancellationToken cancellationToken = default);

    /// <summary>Gives a new aggregate to the unit of work, which saves it at its end.</summary>
    /// <exception cref="InvalidOperationException">There is no unit of work here: use <see cref="SaveAsync"/>.</exception>
    void Add(TAggregate aggregate);

    /// <summary>Saves an aggregate, new or loaded: within a handler at the end of its unit of work, elsewhere at once, state and events in one commit.</summary>
    /// <exception cref="ConcurrencyException">Somebody else changed it since it was loaded.</exception>
    ValueTask SaveAsync(TAggregate aggregate, CancellationToken cancellationToken = default);

    /// <summary>Removes an aggregate with stored state. Its events stay in its stream.</summary>
    ValueTask RemoveAsync(TAggregate aggregate, CancellationToken cancellationToken = default);
}

/// <summary>There is no aggregate with this id, or none that matches.</summary>
public sealed class AggregateNotFoundException(Type aggregate, string what)
    : ProteanException($"There is no {aggregate.Name} {what}.")
{
    /// <summary>The aggregate's type.</summary>
    public Type Aggregate { get; } = aggregate;
}
