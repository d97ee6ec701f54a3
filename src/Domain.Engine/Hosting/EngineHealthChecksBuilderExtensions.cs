using Microsoft.Extensions.Hosting;
using Protean.Engine;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the health checks of the engine to a host.</summary>
public static class EngineHealthChecksBuilderExtensions
{
    private static readonly TimeSpan ReadyTimeout = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Adds the checks <c>protean-live</c>, <c>protean-ready</c> and <c>protean-lag</c>, with the tags <c>live</c>, <c>ready</c> and <c>lag</c>: restart what is not alive,
    /// keep traffic from what is not ready, and wake somebody for what lags.
    /// </summary>
    /// <param name="builder">The health checks of the host.</param>
    /// <param name="configure">Changes the limits of the lag check.</param>
    /// <exception cref="ArgumentOutOfRangeException">The limits contradict each other.</exception>
    public static IHealthChecksBuilder AddProteanEngine(this IHealthChecksBuilder builder, Action<EngineHealthOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        EngineHealthOptions limits = new();
        configure?.Invoke(limits);
        limits.Check();
        return builder
            .Add(new("protean-live", services => new EngineLiveCheck(services.GetRequiredService<DomainEngine>()), null, ["live"]))
            .Add(new(
                "protean-ready",
                services => new EngineReadyCheck(services.GetRequiredService<DomainEngine>(), services.GetService<IHostApplicationLifetime>()),
                null,
                ["ready"],
                ReadyTimeout))
            .Add(new("protean-lag", services => new EngineLagCheck(services.GetRequiredService<DomainEngine>(), limits), null, ["lag"]));
    }
}
