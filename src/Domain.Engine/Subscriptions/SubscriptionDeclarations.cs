namespace Protean.Engine;

/// <summary>What of a domain the engine delivers to.</summary>
internal sealed record SubscriptionDeclaration(DeliverySubject Subject, Func<EngineContext, DeliverySettings, Subscription> Subscribe);

internal static class SubscriptionDeclarations
{
    public static IReadOnlyList<SubscriptionDeclaration> Of(DomainModel model)
    {
        List<SubscriptionDeclaration> declarations = [];
        foreach (var handler in model.EventHandlers.Where(h => h.Mode == HandlerMode.Engine || h.IsDurable))
        {
            declarations.Add(new(
                new(handler.Name, handler.Delivery.Options, handler.View is not null),
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
                new(name, delivery.Options, IsProjection: false),
                (engine, settings) => new CommandSubscription(engine, category.Key, name, settings, delivery)));
        }

        if (model.Notifications.Count > 0)
        {
            declarations.Add(new(
                new(RelaySubscription.Short, model.Relay.Options, IsProjection: false) { IsRelay = true },
                (engine, settings) => new RelaySubscription(engine, $"{model.Prefix}::{RelaySubscription.Short}", settings)));
        }

        return declarations;
    }
}
