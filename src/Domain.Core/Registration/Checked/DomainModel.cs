using System.Collections.Frozen;
using Protean.Storage;

namespace Protean;

/// <summary>What was declared of a domain, checked and no longer changing.</summary>
public sealed class DomainModel
{
    private FrozenDictionary<Type, EventHandlerModel[]>? _inlineByType;
    private FrozenDictionary<Type, EventHandlerModel[]>? _sameCommitByType;

    internal DomainModel()
    {
    }

    /// <summary>The name it was given.</summary>
    public required string Name { get; init; }

    /// <summary>What its categories begin with, before <c>::</c>.</summary>
    public required string Prefix { get; init; }

    /// <summary>What its type names begin with, before the dot.</summary>
    public required string TypePrefix { get; init; }

    /// <summary>The aggregates.</summary>
    public required IReadOnlyDictionary<Type, AggregateModel> Aggregates { get; init; }

    /// <summary>The event handlers and projections, in the order of their declaration.</summary>
    public required IReadOnlyList<EventHandlerModel> EventHandlers { get; init; }

    /// <summary>The projections' documents.</summary>
    public required IReadOnlyDictionary<Type, ViewModel> Views { get; init; }

    /// <summary>The message types.</summary>
    public required MessageTypes Types { get; init; }

    /// <summary>The category of notifications that no aggregate has raised.</summary>
    internal const string NotificationStream = "notification";

    /// <summary>What the store is asked to hold.</summary>
    public required StoreDefinition Store { get; init; }

    /// <summary>The types of commands that have a handler.</summary>
    public IEnumerable<Type> CommandTypes => Commands.Keys;

    /// <summary>The categories of commands that have a handler, each once.</summary>
    public IEnumerable<string> CommandCategories => Commands.Values.Select(c => c.Category).Distinct();

    internal FrozenDictionary<Type, CommandBinding> Commands { get; init; } = null!;

    internal FrozenDictionary<Type, QueryBinding> Queries { get; init; } = null!;

    internal FrozenDictionary<Type, StreamBinding> Streams { get; init; } = null!;

    internal IReadOnlyList<Enrich> Enrichers { get; init; } = null!;

    internal IReadOnlyList<MakeMiddleware> Middleware { get; init; } = [];

    internal BusModel Bus { get; init; } = null!;

    /// <summary>The types of notifications that go outside.</summary>
    internal FrozenDictionary<Type, Brokers.NotificationModel> Notifications { get; init; } = null!;

    /// <summary>How they are delivered to the broker.</summary>
    internal DeliveryDeclaration Relay { get; init; } = null!;

    /// <summary>What comes in from the broker.</summary>
    internal IReadOnlyList<Brokers.SubscriberModel> Subscribers { get; init; } = [];

    /// <summary>Where notifications stand.</summary>
    internal IEnumerable<string> NotificationCategories => Aggregates.Values.Select(a => a.NotificationCategory).Append($"{Prefix}::{NotificationStream}");

    internal InlineErrorPolicy InlineErrors { get; init; }

    internal int MaxEventDepth { get; init; }

    internal bool ChecksEnqueued { get; init; }

    internal HandlerScopes Scopes { get; init; }

    /// <summary>How many inline handlers may run at once; nothing for any number.</summary>
    internal int? MaxConcurrentHandlers { get; init; }

    internal HandlerLimit HandlerLimit { get; init; }

    internal StateFormat StateFormat { get; init; } = null!;

    /// <summary>The handlers that have a method for a type of event, whatever category they listen to, in the order of their declaration.</summary>
    public IEnumerable<EventHandlerModel> HandlersOf(Type eventType) => EventHandlers.Where(h => h.Handlers(eventType).Length > 0);

    internal EventHandlerModel[] InlineHandlersOf(Type eventType) =>
        (_inlineByType ??= ByType(HandlerMode.Inline)).GetValueOrDefault(eventType, []);

    internal EventHandlerModel[] SameCommitHandlersOf(Type eventType) =>
        (_sameCommitByType ??= ByType(HandlerMode.InSameCommit)).GetValueOrDefault(eventType, []);

    internal AggregateModel AggregateOf(Type type) => Aggregates.TryGetValue(type, out var model)
        ? model
        : throw new InvalidOperationException($"{type.Name} is no aggregate of domain '{Name}': declare it with domain.Aggregate<{type.Name}>().");

    internal ViewModel ViewOf(Type type) => Views.TryGetValue(type, out var model)
        ? model
        : throw new InvalidOperationException($"{type.Name} is no projection of domain '{Name}': declare it with domain.Projection<{type.Name}>().");

    private FrozenDictionary<Type, EventHandlerModel[]> ByType(HandlerMode mode) => Types.All
        .Select(t => (t.ClrType, Handlers: HandlersOf(t.ClrType).Where(h => h.Mode == mode).ToArray()))
        .Where(entry => entry.Handlers.Length > 0)
        .ToFrozenDictionary(entry => entry.ClrType, entry => entry.Handlers);
}
