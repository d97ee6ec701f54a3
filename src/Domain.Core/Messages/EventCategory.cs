using System.Collections.Concurrent;
using System.Reflection;

namespace Protean;

/// <summary>What an event is about. Declared with <see cref="EventCategoryAttribute"/>, or with <c>domain.Event&lt;T&gt;().Category(…)</c>.</summary>
public enum EventCategory
{
    /// <summary>The business of the domain. The default.</summary>
    Domain,

    /// <summary>The running of the program: started, signed in, cache cleared.</summary>
    System,

    /// <summary>Meant for other domains. The default of <see cref="INotificationEvent"/>.</summary>
    CrossDomain,
}

/// <summary>The category of an event, and of those that derive from it. Default: <see cref="EventCategory.Domain"/>, of notifications <see cref="EventCategory.CrossDomain"/>.</summary>
/// <param name="category">The category.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct)]
public sealed class EventCategoryAttribute(EventCategory category) : Attribute
{
    /// <summary>The category.</summary>
    public EventCategory Category { get; } = category;
}

/// <summary>What is known of event categories without a domain.</summary>
internal static class EventCategories
{
    private static readonly ConcurrentDictionary<Type, EventCategory> Known = new();

    /// <summary>The category that a type of event has by its attribute, or else by what it is.</summary>
    public static EventCategory Of(Type eventType) => Known.GetOrAdd(eventType, static type =>
        type.GetCustomAttribute<EventCategoryAttribute>(inherit: true)?.Category
        ?? (typeof(INotificationEvent).IsAssignableFrom(type) ? EventCategory.CrossDomain : EventCategory.Domain));

    /// <summary>The category as metrics and logs name it.</summary>
    public static string Text(this EventCategory category) => category switch
    {
        EventCategory.Domain => "domain",
        EventCategory.System => "system",
        EventCategory.CrossDomain => "cross-domain",
        _ => throw new ArgumentOutOfRangeException(nameof(category), category, "This is no event category."),
    };

    public static void Check(EventCategory category, string parameter)
    {
        if (!Enum.IsDefined(category))
            throw new ArgumentOutOfRangeException(parameter, category, "This is no event category.");
    }
}
