namespace Protean.Testing;

/// <summary>Given, when, then for one aggregate alone, without a domain or a store. What is expected is checked at once; end with a <c>Then</c>.</summary>
public static class AggregateSpec
{
    /// <summary>Begins with an event-sourced aggregate to which events have happened.</summary>
    public static AggregateSpec<TAggregate> Given<TAggregate>(AggregateId id, params IReadOnlyList<IEvent> events) where TAggregate : AggregateRoot
    {
        ArgumentNullException.ThrowIfNull(events);
        var aggregate = Make<TAggregate>();
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

    /// <summary>Begins with nothing, and makes a new aggregate.</summary>
    public static AggregateSpec<TAggregate> When<TAggregate>(Func<TAggregate> make) where TAggregate : AggregateRoot
    {
        ArgumentNullException.ThrowIfNull(make);
        return new AggregateSpec<TAggregate>(null).Make(make);
    }

    private static TAggregate Make<TAggregate>() where TAggregate : AggregateRoot
    {
        try
        {
            return (TAggregate)Activator.CreateInstance(typeof(TAggregate), nonPublic: true)!;
        }
        catch (MissingMethodException e)
        {
            throw new InvalidOperationException($"{typeof(TAggregate).Name} has no constructor without parameters, which loading it needs: add one, which may be private.", e);
        }
    }
}

/// <summary>Given, when, then for one aggregate alone.</summary>
/// <typeparam name="TAggregate">The aggregate.</typeparam>
public sealed class AggregateSpec<TAggregate>
    where TAggregate : AggregateRoot
{
    private TAggregate? _aggregate;
    private Exception? _error;
    private bool _acted;

    internal AggregateSpec(TAggregate? aggregate) => _aggregate = aggregate;

    private string Name => _aggregate?.ToString() ?? typeof(TAggregate).Name;

    /// <summary>Lets the aggregate act. It may act several times; what it raises adds up.</summary>
    public AggregateSpec<TAggregate> When(Action<TAggregate> act)
    {
        ArgumentNullException.ThrowIfNull(act);
        return Try(() => act(Existing()));
    }

    /// <summary>Lets the aggregate act, and waits until it has.</summary>
    public AggregateSpec<TAggregate> When(Func<TAggregate, Task> act)
    {
        ArgumentNullException.ThrowIfNull(act);
        return Try(() => Wait(() => act(Existing())));
    }

    /// <summary>Expects exactly these events, in this order.</summary>
    public AggregateSpec<TAggregate> Then(params IReadOnlyList<IEvent> expected)
    {
        ArgumentNullException.ThrowIfNull(expected);
        RefuseUnlessActed();
        RethrowUnexpected();
        SideBySide.CheckAll($"The events that {Name} raised", expected, Raised(), StateFormat.Default.Options);
        return this;
    }

    /// <summary>Expects that nothing happens.</summary>
    public AggregateSpec<TAggregate> ThenNothing() => Then([]);

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
        check(Existing());
        return this;
    }

    /// <summary>Looks at the state.</summary>
    /// <param name="check">Throws if something is wrong.</param>
    public AggregateSpec<TAggregate> ThenState(Func<TAggregate, Task> check)
    {
        ArgumentNullException.ThrowIfNull(check);
        RethrowUnexpected();
        Wait(() => check(Existing()));
        return this;
    }

    internal AggregateSpec<TAggregate> Make(Func<TAggregate> make) =>
        Try(() => _aggregate = make() ?? throw new InvalidOperationException($"No {typeof(TAggregate).Name} was made."));

    // Away from the synchronization context of the test, which would wait for itself.
    private static void Wait(Func<Task> act) => Task.Run(act).GetAwaiter().GetResult();

    private AggregateSpec<TAggregate> Try(Action act)
    {
        RethrowUnexpected();
        _acted = true;
        try
        {
            act();
        }
        catch (Exception e)
        {
            _error = e;
        }

        return this;
    }

    private TAggregate Existing() => _aggregate ?? throw new InvalidOperationException($"There is no {typeof(TAggregate).Name}: making it failed.");

    /// <summary>Of an aggregate that broke a rule nothing would be stored.</summary>
    private IReadOnlyList<IEvent> Raised()
    {
        if (_aggregate is null)
            return [];
        try
        {
            _aggregate.RefuseUnlessUsable();
            return _aggregate.RaisedEvents;
        }
        catch (BrokenAggregateException)
        {
            return [];
        }
    }

    private void RefuseUnlessActed()
    {
        if (!_acted)
            throw new InvalidOperationException("The aggregate has not acted: add When(…).");
    }

    private void RethrowUnexpected()
    {
        if (_error is { } error)
            throw ErrorCheck.Unexpected($"{Name} threw one", error);
    }
}
