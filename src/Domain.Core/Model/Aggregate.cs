namespace Protean;

/// <summary>An aggregate whose state is stored; the events it raises are recorded beside it. Its id is a text.</summary>
public abstract class Aggregate : Aggregate<string>;

/// <summary>An aggregate whose state is stored; the events it raises are recorded beside it.</summary>
/// <typeparam name="TId">string, Guid, int, long, or a strongly typed id (<see cref="ITypedId"/>).</typeparam>
public abstract class Aggregate<TId> : AggregateRoot
    where TId : notnull
{
    /// <summary>The identity.</summary>
    public TId Id { get; protected set; } = default!;

    internal sealed override bool IsEventSourced => false;

    internal sealed override AggregateId Identity => Id is null ? default(AggregateId) : AggregateId.From(Id);

    internal sealed override void Identify(string id) => Id = IdFormat<TId>.Read(id, GetType().Name);
}
