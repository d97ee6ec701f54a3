using Protean.Brokers;

namespace Protean.Engine;

/// <summary>Finds out what holds for a handler from all that was said about it, in one order of precedence.</summary>
internal sealed class DeliveryResolver
{
    private readonly EngineOptions _options;
    private readonly SettingPlaces _places;
    private readonly DeliveryProfiles _profiles;
    private readonly List<string> _findings;

    public DeliveryResolver(EngineOptions options, SettingPlaces places, List<string> findings)
    {
        _options = options;
        _places = places;
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
        var settings = Layered(subject.BuiltIn(), _profiles.ValuesOf(configured.Profile));
        settings = subject.OfAll(settings, Layered(settings, [.. configured.Profile is null ? _profiles.ValuesOf(_options.Server.Profile) : [], _options.Server]));
        settings = Layered(settings, [configured, .. _profiles.ValuesOf(subject.Declared.Profile), subject.Declared]);
        return settings.IsStream ? Streamed(subject, configured, settings) : settings;
    }

    private static DeliverySettings Layered(DeliverySettings settings, IEnumerable<DeliveryOptions> layers) => layers.Aggregate(settings, (settings, layer) => settings.With(layer));

    /// <summary>What was said of this handler must be possible; what a profile or the server say of all is for those with which it is.</summary>
    private DeliverySettings Streamed(DeliverySubject subject, DeliveryOptions configured, DeliverySettings settings)
    {
        foreach (var (said, place) in new[] { (configured, _places.Handler(subject.Name, nameof(DeliveryOptions.SubscriptionType))), (subject.Declared, $"Handler '{subject.Name}': {nameof(DeliveryOptions.SubscriptionType)}") })
        {
            if (said.SubscriptionType == SubscriptionType.Stream && subject.NoStream is { } reason)
                _findings.Add($"{place} is stream, but {reason}. Write event_store, or remove it.");
        }

        var isSaid = new[] { subject.Declared, configured, _options.Server }.Any(o => o.SubscriptionType == SubscriptionType.Stream);
        if (subject.NoStream is not null || (!isSaid && !subject.FollowsProfile))
            return settings with { IsStream = false };
        if (settings.Partitions > BrokerGroup.Slots)
            _findings.Add($"Handler '{subject.Name}' has {settings.Partitions} partitions and gets its messages through the broker, where {BrokerGroup.Slots} are the most.");
        return settings;
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
