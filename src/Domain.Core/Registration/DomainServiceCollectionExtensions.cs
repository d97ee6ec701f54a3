using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Protean;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds a domain to a host.</summary>
public static class DomainServiceCollectionExtensions
{
    /// <summary>
    /// Adds a domain: <see cref="IDomain"/>, <see cref="Domain"/>, <see cref="IRepository{TAggregate}"/>, <see cref="IView{TView}"/> and
    /// <see cref="IEventBus"/> can be injected, into singletons too. The domain is checked when the host starts, or when it is first asked for.
    /// </summary>
    /// <param name="services">The services of the host.</param>
    /// <param name="name">The name of the domain, which categories and types begin with.</param>
    /// <param name="declare">Declares the domain.</param>
    /// <returns>The builder, to go on with: a store, an engine.</returns>
    public static DomainBuilder AddDomain(this IServiceCollection services, string name, Action<DomainBuilder> declare)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(declare);
        if (services.FirstOrDefault(s => s.ServiceType == typeof(DomainFactory))?.ImplementationInstance is DomainFactory other)
            throw new InvalidOperationException($"Domain '{other.Name}' is here already: a host has one domain. Give '{name}' a host of its own.");
        var builder = new DomainBuilder(name, services);
        declare(builder);
        services.AddSingleton(new DomainFactory(builder));
        services.AddSingleton(provider => provider.GetRequiredService<DomainFactory>().Get(provider));
        services.AddSingleton<IDomain>(provider => provider.GetRequiredService<Domain>());
        services.AddSingleton(provider => provider.GetRequiredService<Domain>().Model);
        services.TryAddSingleton(typeof(IRepository<>), typeof(AmbientRepository<>));
        services.TryAddSingleton(typeof(IView<>), typeof(DocumentView<>));
        services.AddSingleton<IHostedService, DomainStartup>();
        return builder;
    }
}
