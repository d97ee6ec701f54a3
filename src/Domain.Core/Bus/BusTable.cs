using System.Collections.Concurrent;

namespace Protean;

/// <summary>One method that is called with events of a type.</summary>
internal readonly record struct BusTarget(SubscriberWork Work, InvokeSubscriber Invoke)
{
    public ValueTask RunAsync(IEvent @event, EventFacts facts, CancellationToken cancellationToken) => Work.RunAsync(new(Invoke, @event, facts), cancellationToken);
}

/// <summary>Where events of one type go, at one moment.</summary>
internal sealed record BusRoute(EventFacts Facts, BusTarget[] Targets);

/// <summary>All subscribers at one moment. Never changed: who publishes takes it as it is, without a lock, and whoever subscribes puts another in its place.</summary>
internal sealed class BusTable(Subscriber[] subscribers, Func<Type, EventFacts> facts)
{
    private readonly ConcurrentDictionary<Type, BusRoute> _routes = new();

    public Subscriber[] Subscribers => subscribers;

    public BusRoute RouteOf(Type type) => _routes.TryGetValue(type, out var route) ? route : _routes.GetOrAdd(type, FindRoute(type));

    private BusRoute FindRoute(Type type)
    {
        var known = facts(type);
        return new(known, [.. subscribers.SelectMany(s => s.TargetsOf(type, known))]);
    }
}
