using System.Linq.Expressions;
using System.Text.Json.Nodes;

namespace Protean;

/// <summary>Declares an aggregate.</summary>
/// <typeparam name="TAggregate">The CLR type.</typeparam>
public sealed class AggregateBuilder<TAggregate>
    where TAggregate : AggregateRoot
{
    private readonly DomainBuilder _domain;
    private readonly AggregateDraft _draft;

    internal AggregateBuilder(DomainBuilder domain, AggregateDraft draft)
    {
        _domain = domain;
        _draft = draft;
    }

    /// <summary>The category of its streams. Default: the class name in snake_case. Qualified with the domain's name if it has no <c>::</c>.</summary>
    public AggregateBuilder<TAggregate> StreamCategory(string category)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(category);
        _draft.Category = category;
        return this;
    }

    /// <summary>Declares an event the aggregate raises that nobody handles.</summary>
    public AggregateBuilder<TAggregate> Raises<TEvent>() where TEvent : IEvent
    {
        _domain.Message(typeof(TEvent)).IsRaised = true;
        return this;
    }

    /// <summary>Indexes a member of the stored state, or several: <c>i => i.Shelf</c>, <c>i => new { i.Shelf, i.Row }</c>.</summary>
    public AggregateBuilder<TAggregate> Index<TMember>(Expression<Func<TAggregate, TMember>> members)
    {
        ArgumentNullException.ThrowIfNull(members);
        _draft.State.Indexes.Add((members, false));
        return this;
    }

    /// <summary>Indexes a member, or several, that no two aggregates may share. A null exempts.</summary>
    public AggregateBuilder<TAggregate> Unique<TMember>(Expression<Func<TAggregate, TMember>> members)
    {
        ArgumentNullException.ThrowIfNull(members);
        _draft.State.Indexes.Add((members, true));
        return this;
    }

    /// <summary>Writes a snapshot of an event-sourced aggregate every so many events; 0 for never. Default: 100.</summary>
    public AggregateBuilder<TAggregate> SnapshotEvery(int events)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(events);
        _draft.SnapshotEvery = events;
        return this;
    }

    /// <summary>Records the whole state after each commit as a <see cref="Fact{TAggregate}"/> in the category <c>{category}:fact</c>.</summary>
    public AggregateBuilder<TAggregate> RecordFacts()
    {
        _draft.MakeFact = root => new Fact<TAggregate>((TAggregate)root);
        _domain.Message(typeof(Fact<TAggregate>));
        return this;
    }

    /// <summary>Turns the JSON of a stored state of one schema version into that of the next, in place.</summary>
    public AggregateBuilder<TAggregate> Upcast(int fromVersion, Action<JsonObject> change)
    {
        _draft.State.Upcast(fromVersion, change);
        return this;
    }
}

/// <summary>What is known of an aggregate while the domain is being declared.</summary>
internal sealed class AggregateDraft(Type type)
{
    public StateDraft State { get; } = new(type);

    public Type Type => State.Type;

    public string? Category { get; set; }

    public int? SnapshotEvery { get; set; }

    public Func<AggregateRoot, object>? MakeFact { get; set; }
}
