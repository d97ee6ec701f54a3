using System.Runtime.CompilerServices;

namespace Protean;

/// <summary>
/// Takes events to whoever has subscribed in this process, now and once: nothing is stored, unless the declaration of the bus says so with
/// <see cref="BusBuilder.Record{TEvent}"/>.
/// </summary>
public interface IEventBus
{
    /// <summary>
    /// Takes an event to the subscribers of its type, of its base classes and of its interfaces. Completes when all of them have, but for those in the
    /// background. A subscriber that fails is logged, and fails neither the call nor the others. Within a unit of work the event is kept, and published
    /// after the commit, or never.
    /// </summary>
    /// <exception cref="OperationCanceledException">The call was cancelled; some subscribers may have heard of the event.</exception>
    ValueTask PublishAsync<TEvent>(TEvent @event, CancellationToken cancellationToken = default) where TEvent : IEvent;

    /// <summary>Subscribes to an event and to what derives from it. The same delegate twice counts once.</summary>
    /// <returns>Ends the subscription when it is disposed.</returns>
    IDisposable Subscribe<TEvent>(Action<TEvent> handler, SubscriptionOptions? options = null) where TEvent : IEvent;

    /// <summary>Subscribes to an event and to what derives from it. The same delegate twice counts once.</summary>
    /// <returns>Ends the subscription when it is disposed.</returns>
    [OverloadResolutionPriority(1)]
    IDisposable Subscribe<TEvent>(Func<TEvent, Task> handler, SubscriptionOptions? options = null) where TEvent : IEvent;

    /// <summary>Subscribes to an event and to what derives from it. The same delegate twice counts once.</summary>
    /// <returns>Ends the subscription when it is disposed.</returns>
    [OverloadResolutionPriority(1)]
    IDisposable Subscribe<TEvent>(Func<TEvent, CancellationToken, Task> handler, SubscriptionOptions? options = null) where TEvent : IEvent;

    /// <summary>Subscribes to an event and to what derives from it. The same delegate twice counts once.</summary>
    /// <returns>Ends the subscription when it is disposed.</returns>
    IDisposable Subscribe<TEvent>(Func<TEvent, CancellationToken, ValueTask> handler, SubscriptionOptions? options = null) where TEvent : IEvent;
}

/// <summary>Subscribes a class to an event and to what derives from it; a class may do so for several. Declared with <see cref="BusBuilder.Use{TSubscriber}"/>.</summary>
/// <typeparam name="TEvent">The event.</typeparam>
public interface ISubscribe<in TEvent>
    where TEvent : IEvent
{
    /// <summary>Is called with each event.</summary>
    ValueTask OnAsync(TEvent @event, CancellationToken cancellationToken);
}
