using Microsoft.Extensions.DependencyInjection.Extensions;
using Protean;
using Protean.Testing;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Puts a recording event bus in place of the one of a host.</summary>
public static class RecordingEventBusServiceCollectionExtensions
{
    /// <summary>Makes the event bus of the host a <see cref="RecordingEventBus"/>, which can be injected, too. Called before <c>AddDomain</c> or after it.</summary>
    /// <param name="services">The services of the host.</param>
    /// <param name="deliver">Whether subscribers hear of what is published. Default: yes.</param>
    public static IServiceCollection AddRecordingEventBus(this IServiceCollection services, bool deliver = true)
    {
        services.AddEventBus();
        services.Replace(ServiceDescriptor.Singleton(_ => new BusHistory(deliver)));
        services.Replace(ServiceDescriptor.Singleton<IBusObserver>(provider => provider.GetRequiredService<BusHistory>()));
        services.Replace(ServiceDescriptor.Singleton(provider => new RecordingEventBus(provider.GetRequiredService<BusHistory>(), provider.GetRequiredService<EventBus>())));
        services.Replace(ServiceDescriptor.Singleton<IEventBus>(provider => provider.GetRequiredService<RecordingEventBus>()));
        return services;
    }
}
