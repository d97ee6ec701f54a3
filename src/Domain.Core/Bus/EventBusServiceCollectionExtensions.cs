using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Protean;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the event bus to a host.</summary>
public static class EventBusServiceCollectionExtensions
{
    /// <summary>
    /// Adds the event bus of the host, <see cref="IEventBus"/>. A domain brings it along; called besides, this declares more of the same one.
    /// </summary>
    /// <param name="services">The services of the host.</param>
    /// <param name="declare">Declares the bus.</param>
    public static IServiceCollection AddEventBus(this IServiceCollection services, Action<BusBuilder>? declare = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var bus = services.DeclaredBus();
        declare?.Invoke(bus);
        return services;
    }

    /// <summary>The declaration of the one bus of a host.</summary>
    internal static BusBuilder DeclaredBus(this IServiceCollection services)
    {
        if (services.FirstOrDefault(s => s.ServiceType == typeof(BusDeclaration))?.ImplementationInstance is BusDeclaration known)
            return known.Builder;
        var builder = new BusBuilder(services);
        services.AddSingleton(new BusDeclaration(builder));
        services.AddSingleton(provider => Create(provider, builder));
        services.TryAddSingleton<IEventBus>(provider => provider.GetRequiredService<EventBus>());
        services.AddSingleton<IHostedService, BusLifetime>();
        return builder;
    }

    private static EventBus Create(IServiceProvider services, BusBuilder declared)
    {
        var domain = services.GetService<DomainFactory>() is null ? null : services.GetRequiredService<Domain>();
        if (domain is null)
            new BusCompiler(declared, services.GetService<IServiceProviderIsService>(), []).Check();
        var log = new DomainLog((services.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance).CreateLogger("Protean.Bus"));
        var bus = new EventBus(log, services.GetService<TimeProvider>() ?? TimeProvider.System, declared.DrainLimit, domain, services.GetService<IBusObserver>());
        foreach (var subscribe in declared.Subscriptions)
            subscribe(bus, services);
        domain?.Published.Attach(bus);
        return bus;
    }

    private sealed record BusDeclaration(BusBuilder Builder);
}
