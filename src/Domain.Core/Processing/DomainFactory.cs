using Microsoft.Extensions.DependencyInjection;

namespace Protean;

/// <summary>Makes the one domain of a service provider, once everything has been declared.</summary>
internal sealed class DomainFactory(DomainBuilder builder)
{
    private readonly Lock _making = new();
    private Domain? _domain;

    public string Name => builder.Name;

    public Domain Get(IServiceProvider services, ServiceProvider? ownServices = null)
    {
        lock (_making)
            return _domain ??= Make(services, ownServices);
    }

    private Domain Make(IServiceProvider services, ServiceProvider? ownServices)
    {
        var model = DomainCompiler.Compile(builder, services.GetService<IServiceProviderIsService>());
        return new(model, builder.Store!(services), services, ownServices, builder.Broker?.Invoke(services)) { HasEngine = builder.HasEngine };
    }
}
