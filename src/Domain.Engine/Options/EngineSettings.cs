using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;

namespace Protean.Engine;

/// <summary>What the engine of a node works by: checked, complete, and from then on unchanged.</summary>
internal sealed record EngineSettings
{
    private const int MachineLength = 100;

    public required string Node { get; init; }

    public required TimeSpan LeaseTime { get; init; }

    public required TimeSpan DrainLimit { get; init; }

    /// <summary>Zero is as soon as something is due.</summary>
    public required TimeSpan RecoveryInterval { get; init; }

    /// <summary>The settings of the handlers, in the order in which they were asked for.</summary>
    public required IReadOnlyList<DeliverySettings> Deliveries { get; init; }

    /// <summary>Reads the configuration, lets code have its say, and finds out what holds for the engine and each of its handlers.</summary>
    /// <param name="domain">The name of the domain.</param>
    /// <param name="subjects">The handlers that the engine delivers to.</param>
    /// <param name="configuration">The configuration of the host, if it has one.</param>
    /// <param name="configure">What code says; it sees what the configuration has said.</param>
    /// <exception cref="DomainConfigurationException">Something is wrong; all of it is listed.</exception>
    public static EngineSettings Resolve(
        string domain, IReadOnlyCollection<DeliverySubject> subjects, IConfiguration? configuration = null, Action<EngineOptions>? configure = null)
    {
        List<string> findings = [];
        EngineOptions options = new();
        if (configuration is not null)
            EngineConfiguration.Bind(configuration, options, subjects.Select(s => s.Name), findings);
        configure?.Invoke(options);

        SettingPlaces places = new(configuration);
        foreach (var setting in Settings.Engine)
        {
            if (setting.Fault(options) is { } fault)
                findings.Add($"{places.Engine(setting.Name)} {fault}");
        }

        CheckHandlers(options, subjects, places, findings);
        DeliveryResolver resolver = new(options, places, findings);
        DeliverySettings[] deliveries = [.. subjects.Select(resolver.Resolve)];
        if (findings.Count > 0)
            throw new DomainConfigurationException(domain, [.. findings.Distinct()]);
        return new()
        {
            Node = options.Node ?? UniqueNode(),
            LeaseTime = options.LeaseTime,
            DrainLimit = options.DrainLimit,
            RecoveryInterval = options.RecoveryInterval,
            Deliveries = deliveries,
        };
    }

    private static void CheckHandlers(EngineOptions options, IReadOnlyCollection<DeliverySubject> subjects, SettingPlaces places, List<string> findings)
    {
        string[] names = [.. subjects.Select(s => s.Name).Distinct()];
        foreach (var name in options.Handlers.Keys.Order(StringComparer.Ordinal))
        {
            string[] meant = [.. names.Where(n => n.Equals(name, StringComparison.OrdinalIgnoreCase)).Order(StringComparer.Ordinal)];
            if (meant.Length == 0)
                findings.Add($"{places.Handler(name)} is for a handler that the engine does not have: {EngineConfiguration.KnownHandlers(names)}.");
            else if (meant.Length > 1)
                findings.Add($"{places.Handler(name)} could be for {string.Join(" and ", meant.Select(m => $"'{m}'"))}, whose names differ in upper and lower case only: rename one with .Named(…), or say it on the handlers in code.");
        }
    }

    /// <summary>The random part tells apart a process from the one that had its number before, on the same machine or in another container.</summary>
    private static string UniqueNode()
    {
        var machine = Environment.MachineName;
        return $"{(machine.Length > MachineLength ? machine[..MachineLength] : machine)}-{Environment.ProcessId}-{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
    }
}
