using System.Reflection;
using Protean.Storage;

namespace Protean.Testing;

/// <summary>Puts events into the store as if they had happened.</summary>
internal static class PastEvents
{
    /// <summary>Finds the aggregate by its <c>Apply</c> method, and its id by the event's property <c>{Aggregate}Id</c>.</summary>
    public static Task StoreAsync(TestDomain test, IEvent @event)
    {
        ArgumentNullException.ThrowIfNull(@event);
        var model = test.Domain.Model;
        var type = @event.GetType();
        var owners = model.Aggregates.Values.Where(a => a.IsEventSourced && AggregateShape.Of(a.Type).Applies(type)).Select(a => a.Type).ToArray();
        if (owners.Length != 1)
        {
            throw new InvalidOperationException(owners.Length == 0
                ? $"No event-sourced aggregate of domain '{model.Name}' applies {type.Name}: say whose it is, with Given<TAggregate>(id, …); of an aggregate that stores its state, give the aggregate itself."
                : $"{string.Join(" and ", owners.Select(o => o.Name))} apply {type.Name}: say whose it is, with Given<TAggregate>(id, …).");
        }

        var property = type.GetProperty(owners[0].Name + "Id") ?? type.GetProperty("Id");
        var value = property?.GetValue(@event)
            ?? throw new InvalidOperationException($"{type.Name} has no {owners[0].Name}Id that tells whose it is: say it, with Given<{owners[0].Name}>(id, …).");
        var id = (AggregateId)typeof(AggregateId).GetMethod(nameof(AggregateId.From))!.MakeGenericMethod(value.GetType())
            .Invoke(null, BindingFlags.DoNotWrapExceptions, null, [value], null)!;
        return StoreAsync(test, owners[0], id, [@event]);
    }

    public static async Task StoreAsync(TestDomain test, Type aggregate, AggregateId id, IReadOnlyList<IEvent> events)
    {
        var domain = test.Domain;
        var model = domain.Model.AggregateOf(aggregate);
        if (!model.IsEventSourced)
            throw new InvalidOperationException($"{aggregate.Name} stores its state, which events alone do not make: give the aggregate itself, with Given(…).");
        var now = domain.Time.GetUtcNow();
        var metadata = Causation.Beginning(null, null);
        var messages = events.Select(e => ToMessage(domain, model, e, now, metadata)).ToArray();
        if (messages.Length == 0)
            return;
        var head = await domain.Store.GetHeadAsync().ConfigureAwait(false);
        await domain.Store.CommitAsync(new() { Appends = [new(model.StreamOf(id), ExpectedVersion.Any, messages)] }).ConfigureAwait(false);
        await test.HandleInlineAsync(head, messages.Length).ConfigureAwait(false);
    }

    private static NewMessage ToMessage(Domain domain, AggregateModel aggregate, IEvent @event, DateTimeOffset now, MessageMetadata metadata)
    {
        ArgumentNullException.ThrowIfNull(@event);
        if (!AggregateShape.Of(aggregate.Type).Applies(@event.GetType()))
            throw new InvalidOperationException($"{aggregate.Type.Name} has no method 'void Apply({@event.GetType().Name} e)', so this cannot have happened to it.");
        var type = domain.Model.Types.Of(@event.GetType());
        return NewMessage.Create(Guid.CreateVersion7(now), type.Name, MessageKind.Event, now, domain.Model.Types.Write(type, @event), metadata);
    }
}
