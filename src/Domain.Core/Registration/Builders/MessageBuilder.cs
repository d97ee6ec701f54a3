using System.Text.Json.Nodes;

namespace Protean;

/// <summary>Declares a type of event or command.</summary>
/// <typeparam name="TMessage">The CLR type.</typeparam>
public sealed class MessageBuilder<TMessage>
{
    private readonly MessageTypeDraft _draft;

    internal MessageBuilder(MessageTypeDraft draft) => _draft = draft;

    internal MessageTypeDraft Draft => _draft;

    /// <summary>Turns the JSON of one version into that of the next, in place. Each version below today's needs one.</summary>
    public MessageBuilder<TMessage> Upcast(int fromVersion, Action<JsonObject> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        return Upcast(fromVersion, json =>
        {
            change(json);
            return json;
        });
    }

    /// <summary>Turns the JSON of one version into that of the next. Each version below today's needs one.</summary>
    public MessageBuilder<TMessage> Upcast(int fromVersion, Func<JsonObject, JsonObject> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        if (!_draft.Upcasters.TryAdd(fromVersion, change))
            throw new ArgumentException($"{typeof(TMessage).Name} has an upcaster from version {fromVersion} already.", nameof(fromVersion));
        return this;
    }

    /// <summary>Says that no version below this one is stored any more, so that they need no upcasters.</summary>
    public MessageBuilder<TMessage> StoredSince(int version)
    {
        _draft.OldestVersion = version;
        return this;
    }

    /// <summary>A class name, or a whole type name, that messages of this type were stored under.</summary>
    public MessageBuilder<TMessage> FormerlyNamed(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        _draft.FormerNames.Add(name);
        return this;
    }
}

/// <summary>What only events can be told.</summary>
public static class EventBuilderExtensions
{
    /// <summary>Says what the event is about, instead of its <see cref="EventCategoryAttribute"/>.</summary>
    public static MessageBuilder<TEvent> Category<TEvent>(this MessageBuilder<TEvent> builder, EventCategory category) where TEvent : IEvent
    {
        ArgumentNullException.ThrowIfNull(builder);
        EventCategories.Check(category, nameof(category));
        builder.Draft.Category = category;
        return builder;
    }
}
