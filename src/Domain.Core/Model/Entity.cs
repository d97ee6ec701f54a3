namespace Protean;

/// <summary>
/// Something with an identity inside an aggregate. It raises events through the root it belongs to. Entities in fields and collections of
/// the root, or of its entities, are found when the aggregate is loaded and after each event; one that raises an event in the
/// same method that made it is handed to <c>Own</c> first.
/// </summary>
public abstract class Entity : DomainObject
{
    /// <summary>The root, once the entity belongs to one. No part of the state.</summary>
    internal AggregateRoot? Root { get; set; }

    /// <summary>Raises an event through the root: it is applied, checked and recorded there.</summary>
    /// <exception cref="InvalidOperationException">The entity belongs to no aggregate yet.</exception>
    protected void Raise(IEvent @event)
    {
        if (Root is null)
            throw new InvalidOperationException($"{GetType().Name} raised {@event?.GetType().Name ?? "an event"} but belongs to no aggregate yet: put it into a field or collection of its root, or hand it to Own(…) there.");
        Root.RaiseFromEntity(@event!);
    }

    private protected override void RuleBroken() => Root?.RuleBrokenInEntity();
}

/// <summary>An entity with an id. Two are equal when they have the same type and id.</summary>
/// <typeparam name="TId">The type of the id.</typeparam>
public abstract class Entity<TId> : Entity, IEquatable<Entity<TId>>
    where TId : notnull, IEquatable<TId>
{
    /// <summary>The identity within the aggregate.</summary>
    public TId Id { get; protected set; } = default!;

    /// <inheritdoc/>
    public bool Equals(Entity<TId>? other) =>
        ReferenceEquals(this, other)
        || (other is not null && other.GetType() == GetType() && Id is not null && !Id.Equals(default!) && Id.Equals(other.Id));

    /// <inheritdoc/>
    public sealed override bool Equals(object? obj) => Equals(obj as Entity<TId>);

    /// <inheritdoc/>
    public sealed override int GetHashCode() => Id is null ? 0 : HashCode.Combine(GetType(), Id);
}
