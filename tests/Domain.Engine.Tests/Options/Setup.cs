using System.Text;
using Microsoft.Extensions.Configuration;
using Protean.Engine;

namespace Protean.Tests.Options;

/// <summary>Resolves settings as the engine does.</summary>
internal static class Setup
{
    public static DeliverySubject Handler(string name = "stock", Action<DeliveryOptions>? says = null) => Subject(name, says, isProjection: false);

    public static DeliverySubject Projection(string name = "view", Action<DeliveryOptions>? says = null) => Subject(name, says, isProjection: true);

    /// <summary>In a domain with a broker that other processes reach.</summary>
    public static DeliverySubject WithBroker(this DeliverySubject subject) => subject with { FollowsProfile = true };

    public static DeliverySettings Delivery(this DeliverySubject subject, Action<EngineOptions> configure) =>
        EngineSettings.Resolve("shop", [subject], configure: configure).Deliveries.Single();

    public static EngineSettings Resolve(string json, params DeliverySubject[] subjects) => EngineSettings.Resolve("shop", subjects, Json(json));

    public static IReadOnlyList<string> Findings(string json, params DeliverySubject[] subjects) => Findings(() => Resolve(json, subjects));

    public static IReadOnlyList<string> Findings(Action<EngineOptions> configure, params DeliverySubject[] subjects) =>
        Findings(() => EngineSettings.Resolve("shop", subjects, configure: configure));

    /// <summary>A configuration whose root is the section of the framework.</summary>
    public static IConfiguration Json(string json) =>
        new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes($$"""{"Protean":{{json}}}"""))).Build();

    private static IReadOnlyList<string> Findings(Action resolve)
    {
        try
        {
            resolve();
            return [];
        }
        catch (DomainConfigurationException e)
        {
            return e.Findings;
        }
    }

    private static DeliverySubject Subject(string name, Action<DeliveryOptions>? says, bool isProjection)
    {
        DeliveryOptions declared = new();
        says?.Invoke(declared);
        return new(name, declared, isProjection);
    }
}
