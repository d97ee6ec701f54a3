using System.Collections.Concurrent;
using Protean.Brokers;
using Protean.Storage;

namespace Protean.Engine;

/// <summary>
/// Takes recorded notifications to the broker: a page at once, before its messages are handled one by one, so that the checkpoint never passes what the broker has not
/// confirmed. A stream whose notification was refused waits behind it.
/// </summary>
internal sealed class RelaySubscription : Subscription
{
    /// <summary>The name that people know it by.</summary>
    public const string Short = "notifications";

    private readonly ConcurrentDictionary<Guid, PublishOutcome> _outcomes = new();
    private readonly ConcurrentDictionary<int, IReadOnlyList<Guid>> _published = new();
    private readonly IBroker _broker;

    public RelaySubscription(EngineContext engine, string name, DeliverySettings settings)
        : base(engine, name, Short, settings, engine.Domain.Model.Relay)
    {
        var model = engine.Domain.Model;
        _broker = engine.Domain.Broker!;
        Categories = [.. model.NotificationCategories.Order(StringComparer.Ordinal)];
        Types = [.. model.Notifications.Keys.SelectMany(model.Types.NamesOf).Order(StringComparer.Ordinal)];
    }

    public override IReadOnlyList<string> Categories { get; }

    public override MessageKind Kinds => MessageKind.Notification;

    public override IReadOnlyList<string> Types { get; }

    /// <summary>Publishes what is to be handled next.</summary>
    /// <exception cref="BrokerAwayException">Nothing can be published now.</exception>
    public override async ValueTask PrepareAsync(IReadOnlyList<StoredMessage> messages, long after, int partition, Parking parking, CancellationToken cancellationToken)
    {
        // Nobody asks any more for what was published for this partition and not handled.
        if (_published.TryRemove(partition, out var earlier))
        {
            foreach (var id in earlier.Except(messages.Select(m => m.Id)))
                _outcomes.TryRemove(id, out _);
        }

        var batch = Batch(messages, parking);
        _published[partition] = [.. messages.Select(m => m.Id)];
        if (batch.Count == 0)
            return;
        var refusals = await PublishAsync(batch, cancellationToken).ConfigureAwait(false);
        foreach (var (id, _) in batch)
            _outcomes[id] = default;
        foreach (var refusal in refusals)
        {
            var (id, message) = batch[refusal.Index];
            _outcomes[id] = new(new NotificationRefusedException(_broker.Name, message.Topic, refusal.Reason));
            // What has overtaken it goes out again behind it.
            foreach (var (later, _) in batch.Skip(refusal.Index + 1).Where(b => b.Message.Key == message.Key))
                _outcomes.TryRemove(later, out _);
        }
    }

    /// <summary>Publishes a notification, unless that is done.</summary>
    /// <exception cref="BrokerAwayException">Nothing can be published now.</exception>
    /// <exception cref="NotificationRefusedException">The broker has refused it.</exception>
    public ValueTask PublishAsync(Guid id, CancellationToken cancellationToken) =>
        !_outcomes.TryRemove(id, out var outcome) ? PublishAloneAsync(id, cancellationToken)
        : outcome.Error is null ? default
        : ValueTask.FromException(outcome.Error);

    protected override bool Listens(StoredMessage message) => message.Kind == MessageKind.Notification && Categories.Contains(message.Stream.Category);

    protected override Call[] Find(string type) =>
        Engine.Domain.Model.Types.TryFind(type, out var known) && Engine.Domain.Model.Notifications.ContainsKey(known.ClrType) ? [new PublishCall(Engine, this)] : [];

    /// <summary>What can be published of a page: nothing that waits behind a failure.</summary>
    private List<(Guid Id, BrokerMessage Message)> Batch(IReadOnlyList<StoredMessage> messages, Parking parking)
    {
        List<(Guid Id, BrokerMessage Message)> batch = new(messages.Count);
        HashSet<string>? held = null;
        foreach (var stored in messages)
        {
            var stream = stored.Stream.Value;
            if (parking.Holds(stream) || held?.Contains(stream) == true)
                continue;
            if (_outcomes.TryGetValue(stored.Id, out var known))
            {
                // It was refused when the page was prepared before, and is about to fail: what follows must not overtake it.
                if (known.Error is not null)
                    (held ??= []).Add(stream);
                continue;
            }

            try
            {
                batch.Add((stored.Id, Envelope(stored)));
            }
            catch (Exception error)
            {
                (held ??= []).Add(stream);
                _outcomes[stored.Id] = new(error);
            }
        }

        return batch;
    }

    private BrokerMessage Envelope(StoredMessage stored)
    {
        var model = Engine.Domain.Model;
        return model.Types.TryFind(stored.Type, out var type) && model.Notifications.TryGetValue(type.ClrType, out var notification)
            ? notification.ToMessage(stored, model.Types)
            : throw new InvalidOperationException($"{stored.Type} is no notification that goes outside.");
    }

    private async ValueTask PublishAloneAsync(Guid id, CancellationToken cancellationToken)
    {
        var stored = await Engine.Store.FindMessageAsync(id, cancellationToken).ConfigureAwait(false)
            ?? throw new InvalidOperationException($"The notification {id} is not in the log any more.");
        var message = Envelope(stored);
        foreach (var refusal in await PublishAsync([(id, message)], cancellationToken).ConfigureAwait(false))
            throw new NotificationRefusedException(_broker.Name, message.Topic, refusal.Reason);
    }

    private async ValueTask<IReadOnlyList<PublishRefusal>> PublishAsync(IReadOnlyList<(Guid Id, BrokerMessage Message)> batch, CancellationToken cancellationToken)
    {
        try
        {
            return await _broker.PublishAsync([.. batch.Select(b => b.Message)], cancellationToken).ConfigureAwait(false);
        }
        catch (BrokerUnavailableException error)
        {
            throw new BrokerAwayException(error);
        }
    }

    /// <summary>What became of a notification that was published ahead.</summary>
    private readonly record struct PublishOutcome(Exception? Error);
}

/// <summary>Publishes one notification.</summary>
internal sealed class PublishCall(EngineContext engine, RelaySubscription relay) : Call("publish")
{
    public override HandlerGuard? Guard => null;

    public override ValueTask InvokeAsync(Message message, Exception? failed, Workspace workspace, CancellationToken cancellationToken) =>
        relay.PublishAsync(message.Id, cancellationToken);

    public override ValueTask ReactAsync(Exception error, Message message, Workspace workspace, CancellationToken cancellationToken)
    {
        engine.Log.NotPublished(error, message.Type, message.Id);
        return default;
    }
}

/// <summary>The broker has refused a notification.</summary>
public sealed class NotificationRefusedException : ProteanException
{
    internal NotificationRefusedException(string broker, string topic, string reason)
        : base($"{broker} has refused a notification under the topic '{topic}': {reason}. It is published again later, and then becomes a dead letter of 'notifications', from where it can be replayed.")
    {
    }
}

/// <summary>Nothing can be done with the broker now, and no message is to blame.</summary>
internal sealed class BrokerAwayException(Exception error) : Exception(error.Message, error);
