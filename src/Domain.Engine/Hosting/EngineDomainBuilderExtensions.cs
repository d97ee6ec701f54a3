using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Protean.Engine;

namespace Protean;

/// <summary>Adds the engine to a domain.</summary>
public static class EngineDomainBuilderExtensions
{
    /// <summary>
    /// Adds the hosted engine, which delivers what is stored to handlers and projections. <see cref="DomainEngine"/> can be injected. Settings are
    /// read from the section <c>Protean</c> of the host's configuration.
    /// </summary>
    /// <param name="domain">The domain.</param>
    /// <param name="configure">Changes the options; it sees what the configuration has said.</param>
    public static DomainBuilder AddEngine(this DomainBuilder domain, Action<EngineOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(domain);
        if (domain.Services.Any(s => s.ServiceType == typeof(DomainEngine)))
            throw new InvalidOperationException($"Domain '{domain.Name}' has its engine already: call AddEngine once.");
        domain.HasEngine = true;
        domain.Services.AddSingleton(services =>
        {
            // The container disposes the domain under each type it was asked for, the latest first. All of them have to come after the engine.
            _ = services.GetRequiredService<IDomain>();
            return new DomainEngine(services.GetRequiredService<Domain>(), configure);
        });
        domain.Services.AddSingleton<IHostedService, EngineService>(services => new(services.GetRequiredService<DomainEngine>()));
        return domain;
    }
}
