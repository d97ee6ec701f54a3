namespace Protean;

/// <summary>An event handler or projection as declared, whatever it is part of.</summary>
internal interface IEventHandlerDraft
{
    string DisplayName { get; }

    Type? PartOf { get; }

    EventHandlerSettings Settings { get; }

    IReadOnlyList<Type> Classes { get; }

    ConflictRetry Retry { get; }

    IReadOnlyList<InvokeErrorHandler> ErrorHandlers { get; }

    GuardDeclaration Guards { get; }

    StateDraft? View { get; }

    DeliveryDeclaration Delivery { get; }

    /// <summary>What it takes from the broker, if it is a subscriber.</summary>
    SubscriberDraft? Subscriber => null;

    /// <summary>What only this kind of handler can find wrong with itself.</summary>
    IEnumerable<string> Problems => [];

    HandlerMode ModeIn(EventProcessing processing);
}

/// <summary>What an event handler was told.</summary>
internal sealed class EventHandlerSettings
{
    public List<string> FormerNames { get; } = [];

    public List<string> Categories { get; } = [];

    public List<Type> CategoryTypes { get; } = [];

    public string? Source { get; set; }

    public Type? SourceType { get; set; }

    public HandlerMode? Mode { get; set; }

    public bool IsDurable { get; set; }

    public InlineOrder? Order { get; set; }

    /// <summary>The version of a projection.</summary>
    public int Version { get; set; } = 1;

    /// <summary>Its lambdas, each with the number of classes that were declared before it.</summary>
    public List<(Type? EventType, bool IncludeDerived, InvokeHandler Invoke, int ClassesBefore)> Lambdas { get; } = [];

    public List<HandlerMethod> Fallbacks { get; } = [];
}
