using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Protean.Storage;

namespace Protean.Testing;

/// <summary>A domain in memory, with a clock that stands still, whose engine is the test itself: it runs when <see cref="DrainAsync"/> is called.</summary>
public sealed class TestDomain : IAsyncDisposable
{
    private readonly ConcurrentQueue<TestFailure> _failures = new();
    private readonly ConcurrentDictionary<Scenario, bool> _notAwaited = new();
    private readonly MessageDelivery _delivery;
    private readonly Drain _drain;

    private TestDomain(Domain domain, FakeClock clock)
    {
        Domain = domain;
        Clock = clock;
        _delivery = new(domain);
        _drain = new(domain, _delivery, _failures.Enqueue);
    }

    /// <summary>The domain.</summary>
    public Domain Domain { get; }

    /// <summary>The clock of the domain and of its store.</summary>
    public FakeClock Clock { get; }

    /// <summary>The event bus, which keeps what is published. Its failures are in the log of the domain.</summary>
    public RecordingEventBus Bus => Domain.Services.GetRequiredService<RecordingEventBus>();

    /// <summary>The store.</summary>
    public IEventStore Store => Domain.Store;

    /// <summary>What handlers have failed on to which stored messages were delivered.</summary>
    public IReadOnlyList<TestFailure> Failures => [.. _failures];

    /// <summary>Makes a domain on an empty in-memory store.</summary>
    /// <param name="name">The name of the domain.</param>
    /// <param name="declare">Declares the domain, as the program does; a store and a broker that it chooses are replaced.</param>
    /// <param name="clock">The clock. Default: a new one that lets whoever waits through at once.</param>
    /// <exception cref="DomainConfigurationException">Something is wrong with the domain; all of it is listed.</exception>
    public static TestDomain Create(string name, Action<DomainBuilder> declare, FakeClock? clock = null)
    {
        ArgumentNullException.ThrowIfNull(declare);
        // A conflict is retried after a wait, and nobody is there to move the clock meanwhile.
        clock ??= new() { SkipDelays = true };
        var domain = Domain.Create(name, builder =>
        {
            declare(builder);
            builder.Services.AddSingleton<TimeProvider>(clock);
            builder.Services.AddRecordingEventBus();
            builder.UseInMemory();
            builder.UseInMemoryBroker();
        });
        return new(domain, clock);
    }

    /// <summary>Delivers everything that is stored, and everything that follows from it, to the handlers that wait for it. Returns when nothing is pending.</summary>
    /// <remarks>
    /// Failures are kept in <see cref="Failures"/>, after the handler's own retries and its error handler. The waits
    /// before retries end at once and move <see cref="Clock"/> on, unless a clock was given whose <see cref="FakeClock.SkipDelays"/> is off.
    /// </remarks>
    /// <exception cref="InvalidOperationException">It was called from within a handler, or messages follow from one another without an end.</exception>
    public Task DrainAsync(CancellationToken cancellationToken = default) => _drain.RunAsync(cancellationToken);

    /// <summary>Begins a scenario with events that have happened, each in the stream of the aggregate that applies it.</summary>
    public Scenario Given(params IReadOnlyList<IEvent> events) => new Scenario(this).And(events);

    /// <summary>Begins a scenario with events that have happened to one aggregate.</summary>
    public Scenario Given<TAggregate>(AggregateId id, params IReadOnlyList<IEvent> events) where TAggregate : AggregateRoot =>
        new Scenario(this).And<TAggregate>(id, events);

    /// <summary>Begins a scenario with aggregates that are stored.</summary>
    public Scenario Given<TAggregate>(params IReadOnlyList<TAggregate> aggregates) where TAggregate : AggregateRoot => new Scenario(this).And(aggregates);

    /// <summary>Begins a scenario with nothing that has happened.</summary>
    public Scenario When(ICommand command) => new Scenario(this).When(command);

    /// <summary>Begins a scenario with nothing that has happened.</summary>
    public Scenario When<TResult>(ICommand<TResult> command) => new Scenario(this).When(command);

    /// <summary>Begins a scenario with nothing that has happened.</summary>
    public Scenario When(Func<IDomain, Task> act) => new Scenario(this).When(act);

    /// <summary>Begins a scenario with nothing that has happened.</summary>
    public Scenario When<TResult>(Func<IDomain, Task<TResult>> act) => new Scenario(this).When(act);

    /// <summary>Disposes the domain and its store.</summary>
    /// <exception cref="InvalidOperationException">A scenario was never awaited, so that what it expects was never checked.</exception>
    public async ValueTask DisposeAsync()
    {
        await Domain.DisposeAsync().ConfigureAwait(false);
        _drain.Dispose();
        if (!_notAwaited.IsEmpty)
            throw new InvalidOperationException("A scenario was never awaited, so it checked nothing: put await before it.");
    }

    internal void Expects(Scenario scenario) => _notAwaited[scenario] = true;

    internal void Awaited(Scenario scenario) => _notAwaited.TryRemove(scenario, out _);

    /// <summary>Lets the handlers that are no matter of the Engine handle events that were put into the store past them.</summary>
    internal async Task HandleInlineAsync(long after, int count)
    {
        var page = await Store.ReadLogAsync(new() { After = after, MaxCount = count }).ConfigureAwait(false);
        foreach (var message in page.Messages)
        {
            foreach (var handler in Domain.Model.EventHandlers.Where(h => h.Mode != HandlerMode.Engine && h.Listens(message.Stream.Category, message.Metadata)))
            {
                foreach (var failed in await _delivery.HandleAsync(handler, message, default).ConfigureAwait(false))
                    _failures.Enqueue(TestFailure.Of(failed));
            }
        }
    }

    /// <summary>A projection of the Engine says nothing, of what is not there least of all, before the Engine has run.</summary>
    internal async Task RefuseStaleViewAsync(Type view)
    {
        var keeper = Domain.Model.EventHandlers.FirstOrDefault(h => h.View?.Type == view);
        if (keeper?.Mode == HandlerMode.Engine && await _drain.HasPendingAsync().ConfigureAwait(false))
            throw new InvalidOperationException($"{view.Name} is kept by the Engine, which has not run: add Drained() to the scenario.");
    }
}
