namespace Protean;

/// <summary>An aggregate whose state is the fold of its stream: each event has a method <c>void Apply(TEvent e)</c>. Its id is a text.</summary>
public abstract class EventSourcedAggregate : EventSourcedAggregate<string>;

/// <summary>An aggregate whose state is the fold of its stream: each event has a method <c>void Apply(TEvent e)</c>.</summary>
/// <typeparam name="TId">string, Guid, int, long, or a strongly typed id (<see cref="ITypedId"/>).</typeparam>
public abstract class EventSourcedAggregate<TId> : AggregateRoot
    where TId : notnull
{
    /// <summary>The identity. Set from the stream's name when the aggregate is loaded.</summary>
    public TId Id { get; protected set; } = default!;

    internal sealed override bool IsEventSourced => true;

    internal sealed override AggregateId Identity => Id is null ? default(AggregateId) : AggregateId.From(Id);

    internal sealed override void Identify(string id) => Id = IdFormat<TId>.Read(id, GetType().Name);
}
