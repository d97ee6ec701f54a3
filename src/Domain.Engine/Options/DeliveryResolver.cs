namespace Protean.Engine;

/// <summary>Finds out what holds for a handler from all that was said about it, in one order of precedence.</summary>
internal sealed class DeliveryResolver
{
    private readonly EngineOptions _options;
    private readonly DeliveryProfiles _profiles;
    private readonly List<string> _findings;

    public DeliveryResolver(EngineOptions options, SettingPlaces places, List<string> findings)
    {
        _options = options;
        _findings = findings;
        _profiles = new(options, places, findings);
        Check(options.Server, places.Server);
        foreach (var (name, said) in options.Handlers.OrderBy(h => h.Key, StringComparer.Ordinal))
            Check(said, key => places.Handler(name, key));
    }

    /// <summary>The settings of a handler. What is wrong with them is among the findings; then they are not to be used.</summary>
    public DeliverySettings Resolve(DeliverySubject subject)
    {
        Check(subject.Declared, key => $"Handler '{subject.Name}': {key}");
        var configured = _options.Handlers.TryGetValue(subject.Name, out var said) ? said : new();

        // Each layer overrides those before it.
        IEnumerable<DeliveryOptions> layers =
        [
            .. _profiles.ValuesOf(configured.Profile ?? _options.Server.Profile),
            _options.Server,
            configured,
            .. _profiles.ValuesOf(subject.Declared.Profile),
            subject.Declared,
        ];
        return layers.Aggregate(subject.BuiltIn(), (settings, layer) => settings.With(layer));
    }

    private void Check(DeliveryOptions options, Func<string, string> place)
    {
        if (_profiles.Fault(options.Profile) is { } unknown)
            _findings.Add($"{place(Settings.Profile)} {unknown}");
        foreach (var setting in Settings.Delivery)
        {
            if (setting.Fault(options) is { } fault)
                _findings.Add($"{place(setting.Name)} {fault}");
        }
    }
}
