using Microsoft.Extensions.Configuration;

namespace Protean.Engine;

/// <summary>Says where a setting was made, in the words of those who made it.</summary>
internal sealed class SettingPlaces(IConfiguration? configuration)
{
    public string Engine(string key) => At($"Engine:{key}", key);

    public string Server(string key) => At($"Server:{key}", $"{nameof(EngineOptions.Server)}.{key}");

    public string Profile(string name) => At($"Profiles:{name}", $"{nameof(EngineOptions.Profiles)}[\"{name}\"]");

    public string Profile(string name, string key) =>
        At($"Profiles:{name}:{key}", $"{nameof(EngineOptions.Profiles)}[\"{name}\"].{(key == Settings.Inherits ? key : $"{nameof(DeliveryProfile.Delivery)}.{key}")}");

    public string Handler(string name) => At($"Handlers:{name}", $"{nameof(EngineOptions.Handlers)}[\"{name}\"]");

    public string Handler(string name, string key) => At($"Handlers:{name}:{key}", $"{nameof(EngineOptions.Handlers)}[\"{name}\"].{key}");

    private string At(string path, string property) =>
        configuration?.GetSection($"{EngineConfiguration.Root}:{path}").Exists() == true ? $"{EngineConfiguration.Root}:{path}" : $"{nameof(EngineOptions)}.{property}";
}
