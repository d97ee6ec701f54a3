using System.Collections.Concurrent;

namespace Protean;

/// <summary>Into which stream a type of event is recorded that is published on the bus.</summary>
internal sealed record BusRecording(Type EventType, string Category, Func<IEvent, AggregateId> Id)
{
    public StreamName StreamOf(IEvent @event) => StreamName.Create(Category, Id(@event).Checked($"the stream that records {DomainNaming.ClassName(EventType)}"));
}

/// <summary>What was declared of the bus of a domain, checked.</summary>
internal sealed class BusModel(IReadOnlyList<BusRecording> recordings)
{
    private readonly ConcurrentDictionary<Type, BusRecording?> _byType = new();

    public IEnumerable<string> Categories => recordings.Select(r => r.Category);

    /// <summary>How an event is recorded: as it was said of its class, or else of the nearest base class, or of an interface.</summary>
    public BusRecording? RecordingOf(Type eventType) => recordings.Count == 0 ? null : _byType.GetOrAdd(eventType, Find);

    private BusRecording? Find(Type eventType)
    {
        for (var type = eventType; type is not null; type = type.BaseType)
        {
            if (recordings.FirstOrDefault(r => r.EventType == type) is { } found)
                return found;
        }

        return recordings.FirstOrDefault(r => r.EventType.IsInterface && r.EventType.IsAssignableFrom(eventType));
    }
}
