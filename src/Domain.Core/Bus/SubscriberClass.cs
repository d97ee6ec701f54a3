using System.Linq.Expressions;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;

namespace Protean;

/// <summary>What reflection finds in a class that subscribes to the bus.</summary>
internal static class SubscriberClass
{
    private static readonly MethodInfo BindMethod = typeof(SubscriberClass).GetMethod(nameof(Bind), BindingFlags.Static | BindingFlags.NonPublic)!;
    private static readonly MethodInfo BindInScopeMethod = typeof(SubscriberClass).GetMethod(nameof(BindInScope), BindingFlags.Static | BindingFlags.NonPublic)!;

    public static void Check(Type type, IServiceProviderIsService? services, List<string> findings)
    {
        var events = EventsOf(type).ToArray();
        if (events.Length == 0)
            findings.Add($"{type.Name} is used by the event bus, but implements no ISubscribe<TEvent>, so it would hear of nothing: implement it, or take .Use<{type.Name}>() away.");
        foreach (var method in ObjectShape.MethodsOf(type).Where(m => m.Name.StartsWith("On", StringComparison.Ordinal)))
        {
            if (method.GetParameters() is [{ } first, ..] && typeof(IEvent).IsAssignableFrom(first.ParameterType) && !events.Contains(first.ParameterType))
                findings.Add($"{type.Name}.{method.Name}({first.ParameterType.Name}) looks like a subscription, but {type.Name} does not implement ISubscribe<{first.ParameterType.Name}>, so it would never be called: implement the interface, or rename the method.");
        }

        HandlerClass.CheckConstructors("Subscriber class", type, services, findings);
    }

    public static void Subscribe(EventBus bus, Type type, SubscriptionOptions? options, IServiceProvider services, IServiceCollection registered)
    {
        var make = Factory(type, services, registered);
        foreach (var eventType in EventsOf(type))
        {
            var invoke = make is not null
                ? BindMethod.MakeGenericMethod(eventType).Invoke(null, [make])
                : BindInScopeMethod.MakeGenericMethod(eventType).Invoke(null, [type, services]);
            bus.Subscribe(type, eventType, options, (InvokeSubscriber)invoke!);
        }
    }

    private static IEnumerable<Type> EventsOf(Type type) => type.GetInterfaces()
        .Where(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(ISubscribe<>))
        .Select(i => i.GetGenericArguments()[0]);

    /// <summary>Makes an instance without a scope; nothing if the class needs one.</summary>
    private static Func<object>? Factory(Type type, IServiceProvider services, IServiceCollection registered)
    {
        if (registered.LastOrDefault(s => s.ServiceType == type && !s.IsKeyedService) is { Lifetime: ServiceLifetime.Singleton })
        {
            object? only = null;
            return () => only ??= services.GetRequiredService(type);
        }

        var isDisposable = typeof(IDisposable).IsAssignableFrom(type) || typeof(IAsyncDisposable).IsAssignableFrom(type);
        return !isDisposable && type.GetConstructors() is [{ } constructor] && constructor.GetParameters().Length == 0
            ? Expression.Lambda<Func<object>>(Expression.New(constructor)).Compile()
            : null;
    }

    private static InvokeSubscriber Bind<TEvent>(Func<object> make) where TEvent : IEvent =>
        (e, cancellationToken) => ((ISubscribe<TEvent>)make()).OnAsync((TEvent)e, cancellationToken);

    private static InvokeSubscriber BindInScope<TEvent>(Type type, IServiceProvider services) where TEvent : IEvent => async (e, cancellationToken) =>
    {
        var scope = services.CreateAsyncScope();
        await using (scope.ConfigureAwait(false))
            await ((ISubscribe<TEvent>)scope.ServiceProvider.GetRequiredService(type)).OnAsync((TEvent)e, cancellationToken).ConfigureAwait(false);
    };
}
