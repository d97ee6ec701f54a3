using Microsoft.Extensions.DependencyInjection;
using Protean.Storage;

namespace Protean.Testing;

/// <summary>A domain in memory, with a clock that stands still, whose engine is the test itself: it runs when <see cref="DrainAsync"/> is called.</summary>
public sealed class TestDomain : IAsyncDisposable
{
    private readonly List<TestFailure> _failures = [];
    private readonly MessageDelivery _delivery;
    private long _drainedTo;

    private TestDomain(Domain domain, FakeClock clock)
    {
        Domain = domain;
        Clock = clock;
        _delivery = new(domain);
    }

    /// <summary>The domain.</summary>
    public Domain Domain { get; }

    /// <summary>The clock of the domain and of its store.</summary>
    public FakeClock Clock { get; }

    /// <summary>The store.</summary>
    public IEventStore Store => Domain.Store;

    /// <summary>What handlers have failed on while the domain was drained.</summary>
    public IReadOnlyList<TestFailure> Failures => _failures;

    /// <summary>Makes a domain on an empty in-memory store.</summary>
    /// <param name="name">The name of the domain.</param>
    /// <param name="declare">Declares the domain, as the program does; a store that it chooses is replaced.</param>
    /// <param name="clock">The clock. Default: a new one.</param>
    /// <exception cref="DomainConfigurationException">Something is wrong with the domain; all of it is listed.</exception>
    public static TestDomain Create(string name, Action<DomainBuilder> declare, FakeClock? clock = null)
    {
        ArgumentNullException.ThrowIfNull(declare);
        clock ??= new();
        var domain = Domain.Create(name, builder =>
        {
            builder.Services.AddSingleton<TimeProvider>(clock);
            declare(builder);
            builder.UseInMemory();
        });
        return new(domain, clock);
    }

    /// <summary>Delivers everything that is stored, and everything that follows from it, to the handlers that wait for it. Returns when nothing is pending.</summary>
    /// <remarks>Failures are kept in <see cref="Failures"/>, after the handler's own retries and its error handler.</remarks>
    public async Task DrainAsync(CancellationToken cancellationToken = default)
    {
        await Domain.StartAsync(cancellationToken).ConfigureAwait(false);
        while (true)
        {
            var page = await Store.ReadLogAsync(new() { After = _drainedTo, MaxCount = 100 }, cancellationToken).ConfigureAwait(false);
            foreach (var message in page.Messages)
            {
                await DeliverAsync(message, cancellationToken).ConfigureAwait(false);
                _drainedTo = message.GlobalPosition;
            }

            if (page.Messages.Count == 0)
                return;
        }
    }

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

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Domain.DisposeAsync();

    private async Task DeliverAsync(StoredMessage message, CancellationToken cancellationToken)
    {
        if (message.Kind == MessageKind.Command)
        {
            if (await _delivery.HandleCommandAsync(message, cancellationToken).ConfigureAwait(false) is { } failed)
                _failures.Add(TestFailure.Of(failed));
            return;
        }

        foreach (var handler in Domain.Model.EventHandlers)
        {
            if (_delivery.Wants(handler, message))
                _failures.AddRange((await _delivery.HandleAsync(handler, message, cancellationToken).ConfigureAwait(false)).Select(TestFailure.Of));
        }
    }
}

/// <summary>A handler that failed on a message.</summary>
/// <param name="Handler">The durable name of the handler.</param>
/// <param name="Method">The method.</param>
/// <param name="Message">The message.</param>
/// <param name="Error">What it threw.</param>
public sealed record TestFailure(string Handler, string Method, StoredMessage Message, Exception Error)
{
    internal static TestFailure Of(FailedDelivery failed) => new(failed.Handler, failed.Method, failed.Message, failed.Error);
}
