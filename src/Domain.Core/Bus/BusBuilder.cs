using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Protean;

/// <summary>Declares the event bus: who has subscribed from the start, what is recorded, and how it stops.</summary>
public sealed class BusBuilder
{
    internal BusBuilder(IServiceCollection services) => Services = services;

    internal IServiceCollection Services { get; }

    internal List<Action<EventBus, IServiceProvider>> Subscriptions { get; } = [];

    internal HashSet<Type> Classes { get; } = [];

    internal List<(Type EventType, string Category, Func<IEvent, AggregateId> Id)> Recordings { get; } = [];

    internal TimeSpan DrainLimit { get; private set; } = TimeSpan.FromSeconds(10);

    /// <summary>Subscribes to an event and to what derives from it. Subscribers are started in the order of their declaration.</summary>
    public BusBuilder Subscribe<TEvent>(Action<TEvent> handler, SubscriptionOptions? options = null) where TEvent : IEvent =>
        Add(handler, options, bus => bus.Subscribe(handler, options));

    /// <summary>Subscribes to an event and to what derives from it. Subscribers are started in the order of their declaration.</summary>
    [OverloadResolutionPriority(1)]
    public BusBuilder Subscribe<TEvent>(Func<TEvent, Task> handler, SubscriptionOptions? options = null) where TEvent : IEvent =>
        Add(handler, options, bus => bus.Subscribe(handler, options));

    /// <summary>Subscribes to an event and to what derives from it. Subscribers are started in the order of their declaration.</summary>
    [OverloadResolutionPriority(1)]
    public BusBuilder Subscribe<TEvent>(Func<TEvent, CancellationToken, Task> handler, SubscriptionOptions? options = null) where TEvent : IEvent =>
        Add(handler, options, bus => bus.Subscribe(handler, options));

    /// <summary>Subscribes to an event and to what derives from it. Subscribers are started in the order of their declaration.</summary>
    public BusBuilder Subscribe<TEvent>(Func<TEvent, CancellationToken, ValueTask> handler, SubscriptionOptions? options = null) where TEvent : IEvent =>
        Add(handler, options, bus => bus.Subscribe(handler, options));

    /// <summary>
    /// Subscribes a class to the events of its <see cref="ISubscribe{TEvent}"/>. It is made anew for each event, with its dependencies, unless it is
    /// registered as a singleton; a scope is made only if it has dependencies or is disposable.
    /// </summary>
    public BusBuilder Use<TSubscriber>(SubscriptionOptions? options = null) where TSubscriber : class
    {
        options?.Check();
        var type = typeof(TSubscriber);
        Classes.Add(type);
        // The container refuses an abstract class before anything could be reported of it.
        if (!type.IsAbstract)
            Services.TryAddTransient<TSubscriber>();
        Subscriptions.Add((bus, services) => SubscriberClass.Subscribe(bus, type, options, services, Services));
        return this;
    }

    /// <summary>
    /// Records an event, and what derives from it, in the stream <c>{domain}::{category}-{id}</c> before subscribers hear of it: within a unit of work
    /// in its commit, elsewhere in one of its own. Event handlers and projections of the category get it like any other event.
    /// </summary>
    /// <param name="category">The category of the streams; no aggregate's own.</param>
    /// <param name="id">The id of the stream.</param>
    public BusBuilder Record<TEvent>(string category, Func<TEvent, AggregateId> id) where TEvent : IEvent
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(category);
        ArgumentNullException.ThrowIfNull(id);
        Recordings.Add((typeof(TEvent), category, e => id((TEvent)e)));
        return this;
    }

    /// <summary>How long a stop waits for what is being handled and for the queues, before it cancels the rest. Default: 10 s.</summary>
    public BusBuilder DrainWithin(TimeSpan limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, SubscriptionOptions.LongestWait);
        DrainLimit = limit;
        return this;
    }

    private BusBuilder Add(Delegate handler, SubscriptionOptions? options, Action<EventBus> subscribe)
    {
        ArgumentNullException.ThrowIfNull(handler);
        options?.Check();
        Subscriptions.Add((bus, _) => subscribe(bus));
        return this;
    }
}
