using Microsoft.Extensions.DependencyInjection;

namespace Protean;

/// <summary>Checks what was declared of the bus.</summary>
internal sealed class BusCompiler(BusBuilder bus, IServiceProviderIsService? services, List<string> findings)
{
    /// <summary>Checks the bus of a domain.</summary>
    public BusModel Compile(DomainBuilder domain, DomainNaming naming, IReadOnlyDictionary<Type, AggregateModel> aggregates)
    {
        CheckClasses();
        List<BusRecording> recordings = [];
        foreach (var (eventType, given, id) in bus.Recordings)
        {
            var category = naming.Qualify(given);
            CheckCategory(eventType, category, aggregates.Values);
            if (recordings.Any(r => r.EventType == eventType))
                findings.Add($"{eventType.Name} is recorded twice by the event bus: an event stands in one stream. Remove one .Record<{eventType.Name}>(…).");
            if (!typeof(IDomainEvent).IsAssignableFrom(eventType) && typeof(INotificationEvent).IsAssignableFrom(eventType))
                findings.Add($"{eventType.Name} is a notification, and the event bus records events of the domain: record it with context.Notify(…), or make it an {nameof(IDomainEvent)} as well.");
            if (!eventType.IsAbstract)
                domain.Message(eventType);
            recordings.Add(new(eventType, category, id));
        }

        return new(recordings);
    }

    /// <summary>Checks a bus without a domain.</summary>
    /// <exception cref="EventBusConfigurationException">Something is wrong; all of it is listed.</exception>
    public void Check()
    {
        CheckClasses();
        foreach (var (eventType, _, _) in bus.Recordings)
            findings.Add($"{eventType.Name} is to be recorded, but there is no domain whose store could take it: add one with AddDomain(…), or take .Record<{eventType.Name}>(…) away.");
        if (findings.Count > 0)
            throw new EventBusConfigurationException(findings);
    }

    private void CheckClasses()
    {
        foreach (var type in bus.Classes)
            SubscriberClass.Check(type, services, findings);
    }

    private void CheckCategory(Type eventType, string category, IEnumerable<AggregateModel> aggregates)
    {
        CategoryNames.Check(category, $"The event bus, which records {eventType.Name},", findings);
        if (category.EndsWith(StreamName.CommandSuffix, StringComparison.Ordinal))
            findings.Add($"The event bus records {eventType.Name} in '{category}', where commands stand: choose a category of its own.");
        foreach (var aggregate in aggregates.Where(a => category == a.Category || category == a.FactCategory || category == a.NotificationCategory))
            findings.Add($"The event bus records {eventType.Name} in '{category}', where only {aggregate.Type.Name} writes: choose a category of its own, or let {aggregate.Type.Name} raise the event.");
    }
}

/// <summary>An event bus without a domain cannot start. All problems are reported together, each with the name of the culprit and the way out.</summary>
public sealed class EventBusConfigurationException : ProteanException
{
    internal EventBusConfigurationException(IReadOnlyList<string> findings)
        : base($"The event bus cannot start:{string.Concat(findings.Select(f => $"{Environment.NewLine}  - {f}"))}") =>
        Findings = findings;

    /// <summary>What is wrong, a sentence each.</summary>
    public IReadOnlyList<string> Findings { get; }
}
