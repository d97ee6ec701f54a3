using Microsoft.Extensions.DependencyInjection;

namespace Protean;

/// <summary>Makes the domain of a service provider, once everything has been declared.</summary>
internal sealed class DomainFactory(DomainBuilder builder)
{
    public string Name => builder.Name;

    public Domain Create(IServiceProvider services, ServiceProvider? ownServices)
    {
        var model = DomainCompiler.Compile(builder, services.GetService<IServiceProviderIsService>());
        var domain = new Domain(model, builder.Store!(services), services, ownServices);
        Holder = domain;
        return domain;
    }

    /// <summary>The domain that was made last: without a host, the services of a domain have to find the domain that owns them.</summary>
    public Domain? Holder { get; private set; }
}
