using System.Collections.Frozen;
using Protean.Brokers;

namespace Protean;

/// <summary>Checks what subscribers take from the broker.</summary>
internal sealed class SubscriberCompiler(DomainBuilder domain, DomainNaming naming, List<string> findings)
{
    /// <summary>What the category of an inbox ends with.</summary>
    private const string Suffix = ":inbox";

    /// <summary>The category in which a subscriber keeps what has come in.</summary>
    public static string CategoryOf(DomainNaming naming, IEventHandlerDraft draft) => naming.Qualify(DomainNaming.Snake(draft.DisplayName)) + Suffix;

    public List<SubscriberModel> Compile(IReadOnlyList<EventHandlerModel> handlers, MessageTypes types)
    {
        List<SubscriberModel> models = [];
        foreach (var (draft, handler) in domain.EventHandlers.Zip(handlers))
        {
            if (draft.Subscriber is { } subscriber && Compile(draft, subscriber, handler, types) is { } model)
                models.Add(model);
        }

        foreach (var shared in models.GroupBy(m => m.Group.Name).Where(g => g.Count() > 1))
            findings.Add($"{string.Join(" and ", shared.Select(m => $"Subscriber {m.Name}"))} share the group '{shared.Key}', so that each message would go to one of them only: give them names, or groups, of their own.");
        foreach (var shared in models.GroupBy(m => m.Category).Where(g => g.Count() > 1))
            findings.Add($"{string.Join(" and ", shared.Select(m => $"Subscriber {m.Name}"))} would share the inbox '{shared.Key}': give them different names.");
        return models;
    }

    private SubscriberModel? Compile(IEventHandlerDraft draft, SubscriberDraft subscriber, EventHandlerModel handler, MessageTypes types)
    {
        var name = draft.DisplayName;
        if (domain.Broker is null)
            findings.Add($"Subscriber {name} listens to a broker, and domain '{domain.Name}' has none: add UseInMemoryBroker() for tests and trials, or the broker of another package, such as UseRabbitMq(…).");
        if (subscriber.Topics.Count == 0)
            findings.Add($"Subscriber {name} has no topic, so it would hear nothing: name one, as in Subscriber(\"billing.invoice_paid\").");
        foreach (var topic in subscriber.Topics)
        {
            if (BrokerNames.ProblemOfPattern(topic) is { } problem)
                findings.Add($"Subscriber {name} cannot listen to the topic '{topic}': {problem}.");
        }

        var group = subscriber.Group ?? $"{naming.Prefix}.{DomainNaming.Snake(name)}";
        if (BrokerNames.ProblemOf(group) is { } wrong)
            findings.Add($"Subscriber {name} cannot be the group '{group}': {wrong}. Name it with .Group(…).");
        CheckTypes(name, subscriber, handler);
        if (findings.Count > 0)
            return null;
        return new()
        {
            Name = name,
            DurableName = handler.DurableName,
            Category = handler.Categories[0],
            Group = new() { Name = group, Topics = subscriber.Topics },
            Open = subscriber.Open ?? InboxEnvelope.Open,
            Headers = subscriber.Headers,
            Types = subscriber.Types.ToFrozenDictionary(t => t.Key, t => new ForeignType(t.Value.Translate is null ? t.Key : types.Of(t.Value.Type).Name, types.Of(t.Value.Type), t.Value.Translate), StringComparer.Ordinal),
        };
    }

    private void CheckTypes(string name, SubscriberDraft subscriber, EventHandlerModel handler)
    {
        HashSet<Type> mapped = [.. subscriber.Types.Values.Select(t => t.Type)];
        foreach (var type in handler.EventTypes.Where(t => !mapped.Any(t.IsAssignableFrom)))
            findings.Add($"Subscriber {name} handles {type.Name}, but nothing says what that is called outside: add .Message<{type.Name}>(\"Their.Type.v1\").");
        foreach (var type in mapped.Where(t => handler.Handlers(t).Length == 0))
            findings.Add($"Subscriber {name} takes {type.Name} in and has no method for it: add .On<{type.Name}>(…), or take the message away.");
    }
}
