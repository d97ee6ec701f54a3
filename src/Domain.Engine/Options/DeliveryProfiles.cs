namespace Protean.Engine;

/// <summary>The profiles there are: the built-in ones, and those of the configuration.</summary>
internal sealed class DeliveryProfiles
{
    private static readonly Dictionary<string, DeliveryOptions> BuiltIn = new(StringComparer.OrdinalIgnoreCase)
    {
        ["production"] = Values(SubscriptionType.Stream, messagesPerCommit: 100, positionUpdateInterval: 10, maxRetries: 3, retryDelay: 1, deadLetters: true),
        ["fast"] = Values(SubscriptionType.Stream, messagesPerCommit: 10, positionUpdateInterval: 5, maxRetries: 2, retryDelay: 0, deadLetters: true),
        ["batch"] = Values(SubscriptionType.Stream, messagesPerCommit: 500, positionUpdateInterval: 50, maxRetries: 5, retryDelay: 2, deadLetters: true),
        ["debug"] = Values(SubscriptionType.Stream, messagesPerCommit: 1, positionUpdateInterval: 1, maxRetries: 1, retryDelay: 0, deadLetters: false),
        ["projection"] = Values(SubscriptionType.EventStore, messagesPerCommit: 100, positionUpdateInterval: 10, maxRetries: 3, retryDelay: 1, deadLetters: false),
    };

    private readonly Dictionary<string, DeliveryProfile> _custom = new(StringComparer.OrdinalIgnoreCase);

    public DeliveryProfiles(EngineOptions options, SettingPlaces places, List<string> findings)
    {
        foreach (var (name, profile) in options.Profiles.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            if (BuiltIn.ContainsKey(name))
                findings.Add($"{places.Profile(name)} has the name of a built-in profile: give it another, and let it inherit from '{name}' if you want its values.");
            else
                _custom[name] = profile;
            foreach (var setting in Settings.Delivery)
            {
                if (setting.Fault(profile.Delivery) is { } fault)
                    findings.Add($"{places.Profile(name, setting.Name)} {fault}");
            }

            if (profile.Delivery.Profile is not null)
                findings.Add($"{places.Profile(name, Settings.Profile)} is '{profile.Delivery.Profile}', but a profile names no profile: use {Settings.Inherits}.");
            if (profile.Inherits is { } parent && !BuiltIn.ContainsKey(parent))
                findings.Add($"{places.Profile(name, Settings.Inherits)} is '{parent}', which is {(options.Profiles.ContainsKey(parent) ? "a profile of your own" : "no profile")}: inherit from a built-in one ({string.Join(", ", BuiltIn.Keys)}).");
        }
    }

    /// <summary>What is wrong with the name of a profile, if anything is.</summary>
    public string? Fault(string? profile) => profile is null || BuiltIn.ContainsKey(profile) || _custom.ContainsKey(profile)
        ? null
        : $"is '{profile}', which is no profile: use one of {string.Join(", ", BuiltIn.Keys.Concat(_custom.Keys.Order(StringComparer.Ordinal)))}.";

    /// <summary>The values of a profile, those it inherits first.</summary>
    public IEnumerable<DeliveryOptions> ValuesOf(string? profile)
    {
        if (profile is null)
            yield break;
        _custom.TryGetValue(profile, out var custom);
        if (BuiltIn.TryGetValue(custom is null ? profile : custom.Inherits ?? "", out var inherited))
            yield return inherited;
        if (custom is not null)
            yield return custom.Delivery;
    }

    private static DeliveryOptions Values(SubscriptionType type, int messagesPerCommit, int positionUpdateInterval, int maxRetries, int retryDelay, bool deadLetters) => new()
    {
        SubscriptionType = type,
        MessagesPerCommit = messagesPerCommit,
        PositionUpdateInterval = positionUpdateInterval,
        MaxRetries = maxRetries,
        RetryDelay = TimeSpan.FromSeconds(retryDelay),
        DeadLetters = deadLetters,
        CircuitBreakerThreshold = 10,
        CircuitBreakerReset = TimeSpan.FromSeconds(60),
    };
}
