using Microsoft.Extensions.Configuration;

namespace Protean.Engine;

/// <summary>
/// Reads the section <c>Protean</c> into options. By hand and strictly: the usual binder passes over what it does not know, and whoever misspelled
/// a key would learn of it in production.
/// </summary>
internal sealed class EngineConfiguration
{
    public const string Root = "Protean";

    private readonly EngineOptions _options;
    private readonly string[] _handlers;
    private readonly List<string> _findings;

    private EngineConfiguration(EngineOptions options, IEnumerable<string> handlers, List<string> findings)
    {
        _options = options;
        // The longest name first: "order" and "order:command" can both be the beginning of one path.
        _handlers = [.. handlers.OrderByDescending(h => h.Length)];
        _findings = findings;
    }

    /// <summary>Puts what the configuration says into the options, and what is wrong with it into the findings.</summary>
    /// <param name="configuration">The whole configuration of the host.</param>
    /// <param name="options">What it goes into.</param>
    /// <param name="handlers">The names of the handlers that can be configured.</param>
    /// <param name="findings">What is wrong, each with its full path.</param>
    public static void Bind(IConfiguration configuration, EngineOptions options, IEnumerable<string> handlers, List<string> findings) =>
        new EngineConfiguration(options, handlers, findings).Bind(configuration.GetSection(Root));

    private void Bind(IConfigurationSection root)
    {
        foreach (var part in Entries(root))
        {
            if (Is(part, nameof(Settings.Engine)))
                BindEngine(part);
            else if (Is(part, nameof(EngineOptions.Server)))
                BindDelivery(part, _options.Server, Settings.Profile);
            else if (Is(part, nameof(EngineOptions.Profiles)))
                BindProfiles(part);
            else if (Is(part, nameof(EngineOptions.Handlers)))
                BindHandlers(part);
            else
                Unknown(part.Path, nameof(Settings.Engine), nameof(EngineOptions.Server), nameof(EngineOptions.Profiles), nameof(EngineOptions.Handlers));
        }
    }

    private void BindEngine(IConfigurationSection section)
    {
        foreach (var entry in Entries(section))
            Read(entry, entry.Key, Settings.Engine, _options);
    }

    private void BindDelivery(IConfigurationSection section, DeliveryOptions into, string reference)
    {
        foreach (var entry in Entries(section))
            ReadDelivery(entry, entry.Key, into, reference, name => into.Profile = name);
    }

    private void BindProfiles(IConfigurationSection section)
    {
        foreach (var named in Entries(section))
        {
            var profile = new DeliveryProfile();
            _options.Profiles[named.Key] = profile;
            foreach (var entry in Entries(named))
                ReadDelivery(entry, entry.Key, profile.Delivery, Settings.Inherits, name => profile.Inherits = name);
        }
    }

    /// <summary>
    /// Names of handlers contain colons, and a colon separates the steps of a path: which part of a path is the name is known from the handlers
    /// only.
    /// </summary>
    private void BindHandlers(IConfigurationSection section)
    {
        foreach (var entry in Entries(section).SelectMany(Leaves))
        {
            var path = entry.Path[(section.Path.Length + 1)..];
            if (_handlers.FirstOrDefault(h => Begins(path, h)) is not { } handler)
            {
                UnknownHandler(section.Path, path, entry.Value);
                continue;
            }

            if (!_options.Handlers.TryGetValue(handler, out var into))
                _options.Handlers[handler] = into = new();
            if (path.Length == handler.Length)
                MustHoldKeys(entry);
            else
                ReadHandler(entry, path[(handler.Length + 1)..], into);
        }
    }

    private void ReadHandler(IConfigurationSection entry, string key, DeliveryOptions into)
    {
        if (key.IndexOf(ConfigurationPath.KeyDelimiter, StringComparison.Ordinal) is var end and > 0)
            MustBeAValue(entry.Path[..(entry.Path.Length - key.Length + end)]);
        else
            ReadDelivery(entry, key, into, Settings.Profile, name => into.Profile = name);
    }

    private void UnknownHandler(string section, string path, string? value)
    {
        var end = path.LastIndexOf(ConfigurationPath.KeyDelimiter, StringComparison.Ordinal);
        var name = end < 0 || value is null ? path : path[..end];
        _findings.Add($"{section}:{name} is for a handler that the engine does not have: {KnownHandlers(_handlers)}.");
    }

    /// <summary>The handlers that can be configured, for a finding.</summary>
    public static string KnownHandlers(IReadOnlyCollection<string> handlers) =>
        handlers.Count == 0 ? "it delivers to none" : $"it delivers to {string.Join(", ", handlers.Distinct().Order(StringComparer.Ordinal))}";

    private void ReadDelivery(IConfigurationSection entry, string key, DeliveryOptions into, string reference, Action<string> refer)
    {
        if (InactiveKeys.ReasonAgainst(key) is { } reason)
            _findings.Add($"{entry.Path} {reason}");
        else if (!key.Equals(reference, StringComparison.OrdinalIgnoreCase))
            Read(entry, key, Settings.Delivery, into, reference);
        else if (TextOf(entry) is { } name)
            refer(name);
    }

    private void Read<T>(IConfigurationSection entry, string key, IReadOnlyList<Setting<T>> settings, T into, params string[] others)
    {
        if (settings.FirstOrDefault(s => s.Name.Equals(key, StringComparison.OrdinalIgnoreCase)) is not { } setting)
            Unknown(entry.Path, [.. others, .. settings.Select(s => s.Name)]);
        else if (TextOf(entry) is { } text && setting.Read(text, into) is { } fault)
            _findings.Add($"{entry.Path} {fault}");
    }

    private void Unknown(string path, params IEnumerable<string> known) =>
        _findings.Add($"{path} is no setting: {ConfigurationPath.GetParentPath(path)} knows {string.Join(", ", known)}.");

    /// <summary>The value of an entry; nothing when it has none, as <c>null</c> in JSON.</summary>
    private string? TextOf(IConfigurationSection entry)
    {
        if (!entry.GetChildren().Any())
            return entry.Value;
        MustBeAValue(entry.Path);
        return null;
    }

    private void MustBeAValue(string path) => _findings.Add($"{path} holds keys of its own, and must be a value.");

    private IEnumerable<IConfigurationSection> Entries(IConfigurationSection section)
    {
        MustHoldKeys(section);
        return section.GetChildren();
    }

    private void MustHoldKeys(IConfigurationSection section)
    {
        if (!string.IsNullOrEmpty(section.Value))
            _findings.Add($"{section.Path} is '{section.Value}', and must hold keys of its own.");
    }

    private static IEnumerable<IConfigurationSection> Leaves(IConfigurationSection section)
    {
        var below = section.GetChildren().SelectMany(Leaves);
        return section.Value is not null || !section.GetChildren().Any() ? below.Prepend(section) : below;
    }

    private static bool Begins(string path, string handler) =>
        path.StartsWith(handler, StringComparison.OrdinalIgnoreCase) && (path.Length == handler.Length || path.AsSpan(handler.Length).StartsWith(ConfigurationPath.KeyDelimiter));

    private static bool Is(IConfigurationSection section, string name) => section.Key.Equals(name, StringComparison.OrdinalIgnoreCase);
}
