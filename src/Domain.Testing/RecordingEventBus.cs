using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Protean.Testing;

/// <summary>
/// An event bus that keeps what was published, for tests to look at, and takes it to the subscribers as well. What a unit of work has published counts
/// when the unit is committed. May be used by several threads at once.
/// </summary>
public sealed class RecordingEventBus : IEventBus, ICommittedEvents, IAsyncDisposable
{
    private readonly BusHistory _history;
    private readonly EventBus _bus;

    /// <summary>Makes a bus of its own, for tests without a domain or a host.</summary>
    /// <param name="deliver">Whether subscribers hear of what is published. Default: yes.</param>
    /// <param name="loggers">Takes the failures of subscribers. Default: nobody does.</param>
    public RecordingEventBus(bool deliver = true, ILoggerFactory? loggers = null)
    {
        _history = new(deliver);
        _bus = new(new((loggers ?? NullLoggerFactory.Instance).CreateLogger("Protean.Bus")), TimeProvider.System, TimeSpan.FromSeconds(10), observer: _history);
    }

    internal RecordingEventBus(BusHistory history, EventBus bus)
    {
        _history = history;
        _bus = bus;
    }

    /// <summary>What was published, in order.</summary>
    public IReadOnlyList<IEvent> Published => _history.Events;

    /// <summary>How many events were published.</summary>
    public int Count => _history.Count;

    /// <summary>The events of one type, or of types that derive from it, in order.</summary>
    public IReadOnlyList<TEvent> Of<TEvent>() => [.. Published.OfType<TEvent>()];

    /// <summary>Forgets what was published.</summary>
    public void Clear() => _history.Clear();

    /// <inheritdoc/>
    public ValueTask PublishAsync<TEvent>(TEvent @event, CancellationToken cancellationToken = default) where TEvent : IEvent => _bus.PublishAsync(@event, cancellationToken);

    /// <inheritdoc/>
    public IDisposable Subscribe<TEvent>(Action<TEvent> handler, SubscriptionOptions? options = null) where TEvent : IEvent => _bus.Subscribe(handler, options);

    /// <inheritdoc/>
    [OverloadResolutionPriority(1)]
    public IDisposable Subscribe<TEvent>(Func<TEvent, Task> handler, SubscriptionOptions? options = null) where TEvent : IEvent => _bus.Subscribe(handler, options);

    /// <inheritdoc/>
    [OverloadResolutionPriority(1)]
    public IDisposable Subscribe<TEvent>(Func<TEvent, CancellationToken, Task> handler, SubscriptionOptions? options = null) where TEvent : IEvent => _bus.Subscribe(handler, options);

    /// <inheritdoc/>
    public IDisposable Subscribe<TEvent>(Func<TEvent, CancellationToken, ValueTask> handler, SubscriptionOptions? options = null) where TEvent : IEvent => _bus.Subscribe(handler, options);

    /// <summary>Fails unless an event of the type was published that a condition holds for.</summary>
    /// <exception cref="DomainAssertionException">There was none; the message shows what was published.</exception>
    public void ShouldHavePublished<TEvent>(Func<TEvent, bool>? where = null, [CallerArgumentExpression(nameof(where))] string? condition = null) where TEvent : IEvent
    {
        var published = Published;
        if (!published.OfType<TEvent>().Any(e => where?.Invoke(e) ?? true))
            throw new DomainAssertionException($"No {Name<TEvent>(where is null ? null : condition)} was published.{Environment.NewLine}{SideBySide.Against(Name<TEvent>(where is null ? null : condition), published, StateFormat.Default.Options)}");
    }

    /// <summary>Fails unless these events were published in this order. Others may stand before, between and after them.</summary>
    /// <exception cref="DomainAssertionException">They were not; the message shows both side by side.</exception>
    public void ShouldHavePublished(params IReadOnlyList<IEvent> expected)
    {
        ArgumentNullException.ThrowIfNull(expected);
        SideBySide.CheckContained("The published events", expected, Published, StateFormat.Default.Options);
    }

    /// <summary>Fails unless exactly these events were published in this order.</summary>
    /// <exception cref="DomainAssertionException">They were not; the message shows both side by side.</exception>
    public void ShouldHavePublishedOnly(params IReadOnlyList<IEvent> expected)
    {
        ArgumentNullException.ThrowIfNull(expected);
        SideBySide.CheckAll("The published events", expected, Published, StateFormat.Default.Options);
    }

    /// <summary>Fails if an event of the type was published, or one that a condition holds for.</summary>
    /// <exception cref="DomainAssertionException">There was one; the message shows it.</exception>
    public void ShouldNotHavePublished<TEvent>(Func<TEvent, bool>? where = null, [CallerArgumentExpression(nameof(where))] string? condition = null) where TEvent : IEvent
    {
        IEvent[] found = [.. Published.OfType<TEvent>().Where(e => where?.Invoke(e) ?? true)];
        if (found.Length > 0)
            throw new DomainAssertionException($"No {Name<TEvent>(where is null ? null : condition)} was to be published.{Environment.NewLine}{SideBySide.Against("(nothing)", found, StateFormat.Default.Options)}");
    }

    /// <summary>Finishes what subscribers in the background have not done. Whatever is published afterwards reaches nobody.</summary>
    public ValueTask DisposeAsync() => _bus.DisposeAsync();

    ValueTask ICommittedEvents.PublishCommittedAsync(IEvent @event) => _bus.PublishCommittedAsync(@event);

    private static string Name<TEvent>(string? condition) => DomainNaming.ClassName(typeof(TEvent)) + (condition is null ? "" : $" where {condition}");
}
