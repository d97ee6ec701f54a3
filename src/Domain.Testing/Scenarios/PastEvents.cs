using Protean.Storage;

namespace Protean.Testing;

/// <summary>Puts events into the store as if they had happened.</summary>
internal static class PastEvents
{
    /// <summary>Finds the aggregate by its <c>Apply</c> method, and its id by the event's property <c>{Aggregate}Id</c>.</summary>
    public static Task StoreAsync(Domain domain, IEvent @event)
    {
        ArgumentNullException.ThrowIfNull(@event);
        var type = @event.GetType();
        var owners = domain.Model.Aggregates.Keys.Where(a => AggregateShape.Of(a).Applies(type)).ToArray();
        if (owners.Length != 1)
        {
            throw new InvalidOperationException(owners.Length == 0
                ? $"No event-sourced aggregate of domain '{domain.Model.Name}' applies {type.Name}: say whose it is, with Given<TAggregate>(id, …)."
                : $"{string.Join(" and ", owners.Select(o => o.Name))} apply {type.Name}: say whose it is, with Given<TAggregate>(id, …).");
        }

        var property = type.GetProperty(owners[0].Name + "Id") ?? type.GetProperty("Id");
        var value = property?.GetValue(@event)
            ?? throw new InvalidOperationException($"{type.Name} has no {owners[0].Name}Id that tells whose it is: say it, with Given<{owners[0].Name}>(id, …).");
        var id = (AggregateId)typeof(AggregateId).GetMethod(nameof(AggregateId.From))!.MakeGenericMethod(value.GetType()).Invoke(null, [value])!;
        return StoreAsync(domain, owners[0], id, [@event]);
    }

    public static async Task StoreAsync(Domain domain, Type aggregate, AggregateId id, IReadOnlyList<IEvent> events)
    {
        var model = domain.Model.AggregateOf(aggregate);
        if (!model.IsEventSourced)
            throw new InvalidOperationException($"{aggregate.Name} stores its state, which events alone do not make: give the aggregate itself, with Given(…).");
        var now = domain.Time.GetUtcNow();
        var metadata = Causation.Beginning(null, null);
        var messages = events.Select(e => ToMessage(domain, e, now, metadata)).ToArray();
        if (messages.Length > 0)
            await domain.Store.CommitAsync(new() { Appends = [new(model.StreamOf(id), ExpectedVersion.Any, messages)] }).ConfigureAwait(false);
    }

    private static NewMessage ToMessage(Domain domain, IEvent @event, DateTimeOffset now, MessageMetadata metadata)
    {
        ArgumentNullException.ThrowIfNull(@event);
        var type = domain.Model.Types.Of(@event.GetType());
        var body = domain.Model.Types.Write(type, @event);
        return new()
        {
            Id = Guid.CreateVersion7(now),
            Type = type.Name,
            Kind = MessageKind.Event,
            Time = now,
            Body = body,
            Checksum = Checksum.Compute(body),
            Metadata = metadata,
        };
    }
}
