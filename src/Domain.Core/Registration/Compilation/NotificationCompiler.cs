using Protean.Brokers;

namespace Protean;

/// <summary>Checks how notifications go outside.</summary>
internal sealed class NotificationCompiler(DomainBuilder domain, DomainNaming naming, List<string> findings)
{
    public List<NotificationModel> Compile(MessageTypes types)
    {
        List<NotificationModel> models = [];
        foreach (var draft in domain.Messages.Values)
        {
            if (!typeof(INotificationEvent).IsAssignableFrom(draft.ClrType) || !types.IsRegistered(draft.ClrType))
                continue;
            if (IsOfOthers(draft, types))
            {
                CheckOfOthers(draft);
                continue;
            }

            if (draft.Outside.IsKeptInLog)
                CheckKept(draft);
            else if (Compile(draft, types) is { } model)
                models.Add(model);
        }

        foreach (var shared in models.GroupBy(m => m.Topic).Where(g => g.Count() > 1))
            findings.Add($"{string.Join(" and ", shared.Select(m => m.Type.ClrType.Name).Order(StringComparer.Ordinal))} would go out under the topic '{shared.Key}', and nobody could subscribe to one of them: give them topics of their own with .Topic(…).");
        return models;
    }

    /// <summary>What others write, they publish. A domain may listen to its own, too.</summary>
    private static bool IsOfOthers(MessageTypeDraft draft, MessageTypes types) =>
        draft.ExternalName is not null || draft.IsTranslated || (draft.ForeignNames.Count > 0 && !draft.ForeignNames.Contains(types.Of(draft.ClrType).Name));

    private NotificationModel? Compile(MessageTypeDraft draft, MessageTypes types)
    {
        var name = draft.ClrType.Name;
        if (domain.Broker is null)
        {
            findings.Add($"{name} is a notification, and domain '{domain.Name}' has no broker to take it outside: add UseInMemoryBroker() for tests and trials, or the broker of another package, such as UseRabbitMq(…); or leave it in the log with domain.Event<{name}>().KeptInLog().");
            return null;
        }

        var topic = draft.Outside.Topic ?? $"{naming.Prefix}.{DomainNaming.Snake(DomainNaming.ClassName(draft.ClrType))}";
        if (BrokerNames.ProblemOfTopic(topic) is { } problem)
            findings.Add($"{name} cannot go out under the topic '{topic}': {problem}.");
        return new(types.Of(draft.ClrType), topic, draft.Outside, "/" + naming.Prefix);
    }

    private void CheckOfOthers(MessageTypeDraft draft)
    {
        if (draft.ExternalName is not null)
        {
            if (draft.Outside.IsSaid)
                findings.Add($"{draft.ClrType.Name} is an event of others, and is told how to go outside, where they bring it: take one of both away.");
        }
        else if (draft.IsRaised || draft.Outside.IsSaid)
        {
            findings.Add($"{draft.ClrType.Name} is a notification of this domain, and a subscriber makes it of messages of others, whose it would be then: it would not go out. Give the subscriber a type of its own.");
        }
    }

    private void CheckKept(MessageTypeDraft draft)
    {
        if (draft.Outside.IsSaid)
            findings.Add($"{draft.ClrType.Name} is KeptInLog(), and is told how to go outside: take one of both away.");
    }
}
