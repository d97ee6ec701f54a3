namespace Protean;

/// <summary>Calls a subscriber with an event.</summary>
internal delegate ValueTask InvokeSubscriber(IEvent @event, CancellationToken cancellationToken);

/// <summary>
/// A delegate or class that hears of events, with the events it has subscribed to. The bus changes it under its lock; who publishes reads it without.
/// </summary>
internal sealed class Subscriber
{
    private readonly bool _hasManyMethods;
    private volatile Subscribed[] _events = [];
    private readonly SubscriberWork _work;

    public Subscriber(object identity, bool hasManyMethods, string name, SubscriptionOptions options, BusContext bus)
    {
        Identity = identity;
        Options = options;
        _hasManyMethods = hasManyMethods;
        _work = SubscriberWork.Of(new(name, options.TimeLimit, bus), options);
    }

    /// <summary>What makes it the same as another.</summary>
    public object Identity { get; }

    public SubscriptionOptions Options { get; }

    public bool IsSubscribed => _events.Length > 0;

    /// <summary>Adds one more subscription to an event.</summary>
    public void Add(Type eventType, InvokeSubscriber invoke)
    {
        if (Array.Find(_events, e => e.EventType == eventType) is { } known)
            known.Handles++;
        else
            _events = [.. _events, new(eventType, invoke)];
    }

    /// <summary>Takes one subscription to an event away.</summary>
    public void Remove(Type eventType)
    {
        var known = Array.Find(_events, e => e.EventType == eventType)!;
        if (--known.Handles == 0)
            _events = [.. _events.Where(e => e != known)];
    }

    /// <summary>What is called with events of a type. A delegate is called once, by however many of its base types it has subscribed.</summary>
    public IEnumerable<BusTarget> TargetsOf(Type type, EventFacts facts)
    {
        if (!Options.Hears(facts.Category))
            return [];
        var wanted = _events.Where(e => e.EventType.IsAssignableFrom(type)).Select(e => new BusTarget(_work, e.Invoke));
        return _hasManyMethods ? wanted : wanted.Take(1);
    }

    private sealed class Subscribed(Type eventType, InvokeSubscriber invoke)
    {
        public Type EventType => eventType;

        public InvokeSubscriber Invoke => invoke;

        public int Handles { get; set; } = 1;
    }
}

/// <summary>Tells delegates apart by what they call: a method subscribed to a base class and to a derived one is one subscriber.</summary>
internal sealed record DelegateIdentity(System.Reflection.MethodInfo Method, object? Target, Delegate? Combined)
{
    public static DelegateIdentity Of(Delegate handler) => handler.HasSingleTarget
        ? new(handler.Method, handler.Target, null)
        : new(handler.Method, null, handler);

    public bool Equals(DelegateIdentity? other) =>
        other is not null && Method == other.Method && ReferenceEquals(Target, other.Target) && Equals(Combined, other.Combined);

    public override int GetHashCode() => Method.GetHashCode();
}
