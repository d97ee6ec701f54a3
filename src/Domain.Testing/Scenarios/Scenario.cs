using System.Runtime.CompilerServices;
using Protean.Storage;

namespace Protean.Testing;

/// <summary>
/// Given, when, then: what has happened, what is done, and what comes of it. Runs when it is awaited.
/// </summary>
public sealed class Scenario
{
    private readonly TestDomain _test;
    private readonly List<Func<Task>> _given = [];
    private readonly List<Func<Task>> _then = [];
    private Func<Task<object?>>? _when;
    private bool _drained;
    private ScenarioResult? _result;
    private bool _errorExpected;

    internal Scenario(TestDomain test) => _test = test;

    /// <summary>Adds events that have happened, each in the stream of the aggregate that applies it.</summary>
    public Scenario And(params IReadOnlyList<IEvent> events)
    {
        foreach (var @event in events)
            _given.Add(() => PastEvents.StoreAsync(_test.Domain, @event));
        return this;
    }

    /// <summary>Adds events that have happened to one aggregate.</summary>
    public Scenario And<TAggregate>(AggregateId id, params IReadOnlyList<IEvent> events) where TAggregate : AggregateRoot
    {
        _given.Add(() => PastEvents.StoreAsync(_test.Domain, typeof(TAggregate), id, events));
        return this;
    }

    /// <summary>Adds aggregates that are stored.</summary>
    public Scenario And<TAggregate>(params IReadOnlyList<TAggregate> aggregates) where TAggregate : AggregateRoot
    {
        foreach (var aggregate in aggregates)
            _given.Add(() => _test.Domain.Repository<TAggregate>().SaveAsync(aggregate).AsTask());
        return this;
    }

    /// <summary>Processes a command.</summary>
    public Scenario When(ICommand command) => When(async domain =>
    {
        await domain.ProcessAsync(command).ConfigureAwait(false);
        return null;
    });

    /// <summary>Processes a command with a result.</summary>
    public Scenario When<TResult>(ICommand<TResult> command) => When(async domain => (object?)await domain.ProcessAsync(command).ConfigureAwait(false));

    /// <summary>Does anything else with the domain.</summary>
    public Scenario When(Func<IDomain, Task> act)
    {
        ArgumentNullException.ThrowIfNull(act);
        return When(async domain =>
        {
            await act(domain).ConfigureAwait(false);
            return null;
        });
    }

    /// <summary>Also delivers everything that follows to the handlers that run in the Engine, before it is looked at.</summary>
    public Scenario Drained()
    {
        _drained = true;
        return this;
    }

    /// <summary>Expects exactly these events, in this order, in all streams together.</summary>
    public Scenario Then(params IReadOnlyList<IEvent> expected)
    {
        _then.Add(() =>
        {
            SideBySide.Check("The events that were raised", expected, [.. _result!.Events], StateFormat.Default.Options);
            return Task.CompletedTask;
        });
        return this;
    }

    /// <summary>Expects that nothing happens.</summary>
    public Scenario ThenNothing() => Then([]);

    /// <summary>Expects an error.</summary>
    /// <param name="containing">A text that its message must contain.</param>
    public Scenario ThenThrows<TException>(string? containing = null) where TException : Exception
    {
        _errorExpected = true;
        _then.Add(() =>
        {
            var error = _result!.Error;
            ErrorCheck.Check<TException>(error, containing);

            return Task.CompletedTask;
        });
        return this;
    }

    /// <summary>Expects a result of the command.</summary>
    public Scenario ThenResult<TResult>(TResult expected)
    {
        _then.Add(() =>
        {
            Check("The result", expected, _result!.Result);
            return Task.CompletedTask;
        });
        return this;
    }

    /// <summary>Looks at the state of an aggregate.</summary>
    /// <param name="id">The aggregate.</param>
    /// <param name="check">Throws if something is wrong.</param>
    public Scenario ThenState<TAggregate>(AggregateId id, Action<TAggregate> check) where TAggregate : AggregateRoot
    {
        ArgumentNullException.ThrowIfNull(check);
        _then.Add(async () =>
        {
            var aggregate = await _test.Domain.Repository<TAggregate>().FindAsync(id).ConfigureAwait(false)
                ?? throw new DomainAssertionException($"{typeof(TAggregate).Name} '{id}' was expected, and there is none.");
            check(aggregate);
        });
        return this;
    }

    /// <summary>Expects a document of a projection; nothing expects that there is none.</summary>
    public Scenario ThenView<TView>(AggregateId key, TView? expected) where TView : class
    {
        _then.Add(async () => Check($"{typeof(TView).Name} '{key}'", expected, await _test.Domain.View<TView>().GetAsync(key).ConfigureAwait(false)));
        return this;
    }

    /// <summary>Runs the scenario.</summary>
    public TaskAwaiter GetAwaiter() => RunAsync().GetAwaiter();

    private static void Check(string what, object? expected, object? actual) =>
        SideBySide.Check(what, expected is null ? [] : [expected], actual is null ? [] : [actual], StateFormat.Default.Options);

    private Scenario When(Func<IDomain, Task<object?>> act)
    {
        if (_when is not null)
            throw new InvalidOperationException("A scenario has one When: what comes before it belongs to Given, and a second step is a scenario of its own.");
        _when = () => act(_test.Domain);
        return this;
    }

    private async Task RunAsync()
    {
        if (_when is null)
            throw new InvalidOperationException("The scenario does nothing: add When(…).");
        if (_then.Count == 0)
            throw new InvalidOperationException("The scenario expects nothing, so it could not fail: add Then(…).");
        await _test.Domain.StartAsync().ConfigureAwait(false);
        foreach (var given in _given)
            await given().ConfigureAwait(false);
        var before = await _test.Store.GetHeadAsync().ConfigureAwait(false);
        _result = await ActAsync(before).ConfigureAwait(false);
        if (_result.Error is { } error && !_errorExpected)
            throw new DomainAssertionException($"No error was expected, but there is one: {error.GetType().Name}: {error.Message}", error);
        foreach (var then in _then)
            await then().ConfigureAwait(false);
    }

    private async Task<ScenarioResult> ActAsync(long before)
    {
        object? result = null;
        Exception? error = null;
        try
        {
            result = await _when!().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            error = e;
        }

        if (_drained)
            await _test.DrainAsync().ConfigureAwait(false);
        List<object> events = [];
        for (var after = before; ;)
        {
            var page = await _test.Store.ReadLogAsync(new LogRead { After = after, MaxCount = 1000, Kinds = MessageKind.Event | MessageKind.Notification }).ConfigureAwait(false);
            events.AddRange(page.Messages.Select(_test.Domain.Read).OfType<object>());
            if (page.Messages.Count == 0)
                return new(result, error, events);
            after = page.ScannedTo;
        }
    }

    private sealed record ScenarioResult(object? Result, Exception? Error, IReadOnlyList<object> Events);
}
