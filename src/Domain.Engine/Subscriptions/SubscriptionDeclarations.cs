using Protean.Brokers;

namespace Protean.Engine;

/// <summary>What of a domain the engine delivers to.</summary>
internal sealed record SubscriptionDeclaration(DeliverySubject Subject, Func<EngineContext, DeliverySettings, Subscription> Subscribe);

internal static class SubscriptionDeclarations
{
    public static IReadOnlyList<SubscriptionDeclaration> Of(DomainModel model, IBroker? broker = null)
    {
        List<SubscriptionDeclaration> declarations = [];
        foreach (var handler in model.EventHandlers.Where(h => h.Mode == HandlerMode.Engine || h.IsDurable))
        {
            declarations.Add(new(
                new(handler.Name, handler.Delivery.Options, handler.View is not null) { NoStream = NoStream(model, broker, handler), FollowsProfile = broker?.ReachesOtherProcesses == true },
                (engine, settings) => new EventSubscription(engine, handler, settings)));
        }

        // Handlers of one category share its order, so they share a subscription; what one of them has said of its delivery holds for it.
        foreach (var category in model.Commands.Values.GroupBy(c => c.Category).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            CommandBinding[] said = [.. category.DistinctBy(c => c.Delivery).Where(c => c.Delivery.IsSaid)];
            if (said.Length > 1)
                throw new DomainConfigurationException(model.Name, [$"The command handlers {string.Join(" and ", said.Select(s => s.HandlerName))} share the commands of '{category.Key}', which are delivered in one order, and both say how: say it on one of them."]);
            var delivery = said.Length == 1 ? said[0].Delivery : category.First().Delivery;
            var own = model.Prefix + "::";
            var name = category.Key.StartsWith(own, StringComparison.Ordinal) ? category.Key[own.Length..] : category.Key;
            declarations.Add(new(
                new(name, delivery.Options, IsProjection: false) { NoStream = "commands are delivered from the log in which they were enqueued" },
                (engine, settings) => new CommandSubscription(engine, category.Key, name, settings, delivery)));
        }

        if (model.Notifications.Count > 0)
        {
            declarations.Add(new(
                new(RelaySubscription.Short, model.Relay.Options, IsProjection: false) { IsRelay = true, NoStream = "notifications go to the broker, and come from the log" },
                (engine, settings) => new RelaySubscription(engine, $"{model.Prefix}::{RelaySubscription.Short}", settings)));
        }

        return declarations;
    }

    private static string? NoStream(DomainModel model, IBroker? broker, EventHandlerModel handler) =>
        broker is null ? $"domain '{model.Name}' has no broker: add the one of another package, such as UseRabbitMq(…)"
        : handler.View is not null ? "a projection is built from the log, and follows it"
        : handler.IsDurable ? "the handler runs inline, and what is left to do is found in the log"
        : model.Subscribers.Any(s => s.DurableName == handler.DurableName) ? "the inbox of a subscriber is in the log"
        : null;
}
