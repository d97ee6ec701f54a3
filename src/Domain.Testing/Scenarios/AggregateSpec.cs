namespace Protean.Testing;

/// <summary>Given, when, then for one aggregate alone, without a domain or a store.</summary>
public static class AggregateSpec
{
    /// <summary>Begins with an event-sourced aggregate to which events have happened.</summary>
    public static AggregateSpec<TAggregate> Given<TAggregate>(AggregateId id, params IReadOnlyList<IEvent> events) where TAggregate : AggregateRoot
    {
        var aggregate = (TAggregate)Activator.CreateInstance(typeof(TAggregate), nonPublic: true)!;
        if (!aggregate.IsEventSourced)
            throw new InvalidOperationException($"{typeof(TAggregate).Name} stores its state, which events alone do not make: begin with AggregateSpec.Given(aggregate).");
        aggregate.Identify(id.Checked(typeof(TAggregate).Name));
        foreach (var @event in events)
            aggregate.Replay(@event);
        if (events.Count > 0)
            aggregate.Loaded(events.Count - 1);
        return new(aggregate);
    }

    /// <summary>Begins with an aggregate as it is, as if it had just been loaded: what it raised before does not count.</summary>
    public static AggregateSpec<TAggregate> Given<TAggregate>(TAggregate aggregate) where TAggregate : AggregateRoot
    {
        ArgumentNullException.ThrowIfNull(aggregate);
        aggregate.Stored(Math.Max(aggregate.Version, 0));
        return new(aggregate);
    }
}

/// <summary>Given, when, then for one aggregate alone.</summary>
/// <typeparam name="TAggregate">The aggregate.</typeparam>
public sealed class AggregateSpec<TAggregate>
    where TAggregate : AggregateRoot
{
    private readonly TAggregate _aggregate;
    private Exception? _error;
    private bool _acted;

    internal AggregateSpec(TAggregate aggregate) => _aggregate = aggregate;

    /// <summary>Lets the aggregate act.</summary>
    public AggregateSpec<TAggregate> When(Action<TAggregate> act)
    {
        ArgumentNullException.ThrowIfNull(act);
        RethrowUnexpected();
        _acted = true;
        try
        {
            act(_aggregate);
        }
        catch (Exception e)
        {
            _error = e;
        }

        return this;
    }

    /// <summary>Expects exactly these events, in this order.</summary>
    public AggregateSpec<TAggregate> Then(params IReadOnlyList<IEvent> expected)
    {
        RefuseUnlessActed();
        RethrowUnexpected();
        SideBySide.Check($"The events that {_aggregate} raised", expected, _aggregate.RaisedEvents, StateFormat.Default.Options);
        return this;
    }

    /// <summary>Expects an error.</summary>
    /// <param name="containing">A text that its message must contain.</param>
    public AggregateSpec<TAggregate> ThenThrows<TException>(string? containing = null) where TException : Exception
    {
        RefuseUnlessActed();
        var error = _error;
        _error = null;
        ErrorCheck.Check<TException>(error, containing);

        return this;
    }

    /// <summary>Looks at the state.</summary>
    /// <param name="check">Throws if something is wrong.</param>
    public AggregateSpec<TAggregate> ThenState(Action<TAggregate> check)
    {
        ArgumentNullException.ThrowIfNull(check);
        RethrowUnexpected();
        check(_aggregate);
        return this;
    }

    private void RefuseUnlessActed()
    {
        if (!_acted)
            throw new InvalidOperationException("The aggregate has not acted: add When(…).");
    }

    private void RethrowUnexpected()
    {
        if (_error is { } error)
            throw new DomainAssertionException($"No error was expected, but {_aggregate} threw one: {error.GetType().Name}: {error.Message}", error);
    }
}
