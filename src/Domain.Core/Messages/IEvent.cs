namespace Protean;

/// <summary>Something that happened. Implement <see cref="IDomainEvent"/> or <see cref="INotificationEvent"/>, not this.</summary>
public interface IEvent;

/// <summary>An event of the domain: recorded in the stream of the aggregate that raised it and delivered to event handlers.</summary>
public interface IDomainEvent : IEvent;

/// <summary>An event for the world outside: recorded in the same commit as the state and published to the broker by a relay.</summary>
public interface INotificationEvent : IEvent;
