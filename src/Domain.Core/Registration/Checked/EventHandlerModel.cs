using System.Collections.Concurrent;
using Protean.Storage;

namespace Protean;

/// <summary>An event handler or a projection, checked: what it is called, what it listens to, and what it does.</summary>
public sealed class EventHandlerModel
{
    private readonly ConcurrentDictionary<Type, HandlerMethod[]> _byType = new();
    private readonly HandlerMethod[] _any;

    internal EventHandlerModel(IReadOnlyList<HandlerMethod> methods)
    {
        Methods = methods;
        _any = [.. methods.Where(m => m.EventType is null)];
        EventTypes = [.. methods.Select(m => m.EventType).OfType<Type>().Distinct()];
    }

    /// <summary>The name as it was given.</summary>
    public required string Name { get; init; }

    /// <summary>The durable name, qualified with the domain's: what progress and failures are kept under.</summary>
    public required string DurableName { get; init; }

    /// <summary>Durable names it had before.</summary>
    public required IReadOnlyList<string> FormerDurableNames { get; init; }

    /// <summary>The aggregate it is part of, if any.</summary>
    public required Type? PartOf { get; init; }

    /// <summary>The categories it listens to, qualified; <c>$all</c> for everything.</summary>
    public required IReadOnlyList<string> Categories { get; init; }

    /// <summary>The category its messages must have been caused by, qualified; none for any.</summary>
    public required string? SourceStream { get; init; }

    /// <summary>When it runs.</summary>
    public required HandlerMode Mode { get; init; }

    /// <summary>Whether the Engine handles what was not handled inline.</summary>
    public bool IsDurable { get; init; }

    /// <summary>Whether it runs inline beside other handlers.</summary>
    public bool IsParallel { get; init; }

    /// <summary>The projection it keeps, if it is one.</summary>
    public ViewModel? View { get; init; }

    /// <summary>How it is run again after a conflict.</summary>
    public required ConflictRetry Retry { get; init; }

    /// <summary>The types of events it has methods for; an <c>$any</c> method is not among them.</summary>
    public IReadOnlyCollection<Type> EventTypes { get; }

    /// <summary>Whether it has a method for any event.</summary>
    public bool HandlesAny => _any.Length > 0;

    /// <summary>The durable name and those it had before.</summary>
    internal IReadOnlyList<string> DurableNames => field ??= [DurableName, .. FormerDurableNames];

    internal IReadOnlyList<HandlerMethod> Methods { get; }

    internal DeliveryDeclaration Delivery { get; init; } = null!;

    internal IReadOnlyList<InvokeErrorHandler> ErrorHandlers { get; init; } = null!;

    /// <summary>The names of the methods that handle a type of event, in the order they run.</summary>
    public IReadOnlyList<string> MethodsFor(Type eventType) => [.. Handlers(eventType).Select(m => m.Name)];

    /// <inheritdoc/>
    public override string ToString() => Name;

    internal HandlerMethod[] Handlers(Type eventType) => _byType.TryGetValue(eventType, out var known) ? known : _byType.GetOrAdd(eventType, Find);

    /// <summary>Whether a message is for this handler, as far as it has a method for it.</summary>
    internal bool Listens(Message message) => message.IsForAnyCategory
        ? SourceStream is null || MessageSource.Matches(message.Metadata, SourceStream)
        : Listens(message.Stream.Category, message.Metadata);

    /// <summary>Whether a message of a category and a cause is for this handler, as far as it has a method for it.</summary>
    internal bool Listens(string category, MessageMetadata metadata)
    {
        foreach (var own in Categories)
        {
            if (own == StreamName.All || string.Equals(own, category, StringComparison.Ordinal))
                return SourceStream is null || MessageSource.Matches(metadata, SourceStream);
        }

        return false;
    }

    private HandlerMethod[] Find(Type eventType)
    {
        HandlerMethod[] specific = [.. Methods.Where(m => m.EventType is not null && m.Handles(eventType))];
        return specific.Length > 0 ? specific : _any;
    }
}
