using System.Runtime.CompilerServices;

namespace Protean.Testing;

/// <summary>
/// Given, when, then: what has happened, what is done, and what comes of it. Runs, once, when it is awaited.
/// </summary>
public sealed class Scenario
{
    private readonly TestDomain _test;
    private readonly List<Func<Task>> _given = [];
    private readonly List<Func<ScenarioResult, Task>> _then = [];
    private readonly List<ExpectedFailure> _expectedFailures = [];
    private Func<Task<object?>>? _when;
    private Task? _run;
    private bool _drained;
    private bool _hasResult;
    private bool _errorExpected;

    internal Scenario(TestDomain test) => _test = test;

    private DomainModel Model => _test.Domain.Model;

    /// <summary>Adds events that have happened, each in the stream of the aggregate that applies it.</summary>
    /// <remarks>Inline handlers have handled them before When; those of the Engine have if the scenario is <see cref="Drained"/>.</remarks>
    public Scenario And(params IReadOnlyList<IEvent> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        foreach (var @event in events)
            AddGiven(() => PastEvents.StoreAsync(_test, @event));
        return this;
    }

    /// <summary>Adds events that have happened to one aggregate.</summary>
    /// <remarks>Inline handlers have handled them before When; those of the Engine have if the scenario is <see cref="Drained"/>.</remarks>
    public Scenario And<TAggregate>(AggregateId id, params IReadOnlyList<IEvent> events) where TAggregate : AggregateRoot
    {
        ArgumentNullException.ThrowIfNull(events);
        AddGiven(() => PastEvents.StoreAsync(_test, typeof(TAggregate), id, events));
        return this;
    }

    /// <summary>Adds aggregates that are stored.</summary>
    public Scenario And<TAggregate>(params IReadOnlyList<TAggregate> aggregates) where TAggregate : AggregateRoot
    {
        ArgumentNullException.ThrowIfNull(aggregates);
        foreach (var aggregate in aggregates)
            AddGiven(() => _test.Domain.Repository<TAggregate>().SaveAsync(aggregate).AsTask());
        return this;
    }

    /// <summary>Processes a command.</summary>
    public Scenario When(ICommand command)
    {
        ArgumentNullException.ThrowIfNull(command);
        return When(domain => domain.ProcessAsync(command));
    }

    /// <summary>Processes a command with a result.</summary>
    public Scenario When<TResult>(ICommand<TResult> command)
    {
        ArgumentNullException.ThrowIfNull(command);
        return When(domain => domain.ProcessAsync(command));
    }

    /// <summary>Does anything else with the domain.</summary>
    public Scenario When(Func<IDomain, Task> act)
    {
        ArgumentNullException.ThrowIfNull(act);
        SetWhen(async () =>
        {
            await act(_test.Domain).ConfigureAwait(false);
            return null;
        });
        return this;
    }

    /// <summary>Does anything else with the domain that has a result.</summary>
    public Scenario When<TResult>(Func<IDomain, Task<TResult>> act)
    {
        ArgumentNullException.ThrowIfNull(act);
        SetWhen(async () => await act(_test.Domain).ConfigureAwait(false));
        _hasResult = true;
        return this;
    }

    /// <summary>
    /// Also delivers what is stored to the handlers that run in the Engine: what was given before When, so that it is past, and everything that
    /// follows from When before it is looked at. A handler that fails fails the scenario, unless <see cref="ThenFails{TException}"/> expects it.
    /// </summary>
    public Scenario Drained()
    {
        _drained = true;
        return this;
    }

    /// <summary>Expects exactly these events, in this order, in all streams together.</summary>
    public Scenario Then(params IReadOnlyList<IEvent> expected)
    {
        ArgumentNullException.ThrowIfNull(expected);
        return AddThen(result =>
        {
            SideBySide.CheckAll("The events that were raised", expected, result.Events, Model.StateFormat.Options);
            return Task.CompletedTask;
        });
    }

    /// <summary>Expects that nothing happens.</summary>
    public Scenario ThenNothing() => Then([]);

    /// <summary>Expects an error.</summary>
    /// <param name="containing">A text that its message must contain.</param>
    public Scenario ThenThrows<TException>(string? containing = null) where TException : Exception
    {
        _errorExpected = true;
        return AddThen(result =>
        {
            ErrorCheck.Check<TException>(result.Error, containing);
            return Task.CompletedTask;
        });
    }

    /// <summary>Expects that a handler fails to which a stored message was delivered.</summary>
    /// <param name="containing">A text that the message of its error must contain.</param>
    public Scenario ThenFails<TException>(string? containing = null) where TException : Exception
    {
        var expected = new ExpectedFailure(ErrorCheck.Expected<TException>(containing), e => ErrorCheck.Matches<TException>(e, containing));
        _expectedFailures.Add(expected);
        return AddThen(result =>
        {
            if (!result.Failures.Any(f => expected.Matches(f.Error)))
                throw new DomainAssertionException("The failures of handlers differ." + Environment.NewLine + SideBySide.Show(expected.Text, TestFailure.List(result.Failures)));
            return Task.CompletedTask;
        });
    }

    /// <summary>Expects a result of what was done.</summary>
    public Scenario ThenResult<TResult>(TResult expected) => AddThen(result =>
    {
        if (!_hasResult)
            throw new InvalidOperationException("A result is expected, but what was done has none: process an ICommand<TResult>, or return a value from When(…).");
        SideBySide.CheckOne("The result", expected, result.Result, Model.StateFormat.Options);
        return Task.CompletedTask;
    });

    /// <summary>Looks at the state of an aggregate.</summary>
    /// <param name="id">The aggregate.</param>
    /// <param name="check">Throws if something is wrong.</param>
    public Scenario ThenState<TAggregate>(AggregateId id, Action<TAggregate> check) where TAggregate : AggregateRoot
    {
        ArgumentNullException.ThrowIfNull(check);
        return ThenState<TAggregate>(id, aggregate =>
        {
            check(aggregate);
            return Task.CompletedTask;
        });
    }

    /// <summary>Looks at the state of an aggregate.</summary>
    /// <param name="id">The aggregate.</param>
    /// <param name="check">Throws if something is wrong.</param>
    public Scenario ThenState<TAggregate>(AggregateId id, Func<TAggregate, Task> check) where TAggregate : AggregateRoot
    {
        ArgumentNullException.ThrowIfNull(check);
        return AddThen(async _ =>
        {
            var aggregate = await _test.Domain.Repository<TAggregate>().FindAsync(id).ConfigureAwait(false)
                ?? throw new DomainAssertionException($"{typeof(TAggregate).Name} '{id}' was expected, and there is none.");
            await check(aggregate).ConfigureAwait(false);
        });
    }

    /// <summary>Expects a document of a projection; nothing expects that there is none.</summary>
    public Scenario ThenView<TView>(AggregateId key, TView? expected) where TView : class => AddThen(async _ =>
    {
        await _test.RefuseStaleViewAsync(typeof(TView)).ConfigureAwait(false);
        var view = await _test.Domain.View<TView>().GetAsync(key).ConfigureAwait(false);
        SideBySide.CheckOne($"{typeof(TView).Name} '{key}'", expected, view, Model.StateFormat.Options);
    });

    /// <summary>Runs the scenario.</summary>
    public TaskAwaiter GetAwaiter()
    {
        _test.Awaited(this);
        return (_run ??= RunAsync()).GetAwaiter();
    }

    private void AddGiven(Func<Task> given)
    {
        if (_when is not null)
            throw new InvalidOperationException("What has happened comes before When(…): move And(…) up.");
        _given.Add(given);
    }

    private void SetWhen(Func<Task<object?>> act)
    {
        if (_when is not null)
            throw new InvalidOperationException("A scenario has one When: what comes before it belongs to Given, and a second step is a scenario of its own.");
        _when = act;
    }

    private Scenario AddThen(Func<ScenarioResult, Task> check)
    {
        _then.Add(check);
        _test.Expects(this);
        return this;
    }

    private async Task RunAsync()
    {
        if (_when is null)
            throw new InvalidOperationException("The scenario does nothing: add When(…).");
        if (_then.Count == 0)
            throw new InvalidOperationException("The scenario expects nothing, so it could not fail: add Then(…).");
        await _test.Domain.StartAsync().ConfigureAwait(false);
        var failedBefore = _test.Failures.Count;
        foreach (var given in _given)
            await given().ConfigureAwait(false);
        if (_drained)
            await _test.DrainAsync().ConfigureAwait(false);
        var result = await ScenarioResult.OfAsync(_test, _when, _drained, failedBefore).ConfigureAwait(false);
        if (result.Error is { } error && !_errorExpected)
            throw ErrorCheck.Unexpected("there is one", error);
        var unexpected = result.Failures.Where(f => !_expectedFailures.Any(e => e.Matches(f.Error))).ToArray();
        if (unexpected.Length > 0)
            throw new DomainAssertionException("No handler was expected to fail, but:" + Environment.NewLine + TestFailure.List(unexpected), unexpected[0].Error);
        foreach (var then in _then)
            await then(result).ConfigureAwait(false);
    }

    private sealed record ExpectedFailure(string Text, Func<Exception, bool> Matches);
}
