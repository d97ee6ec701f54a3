using System.Globalization;

namespace Protean.Engine;

/// <summary>One setting: what it is called, and how its value is read, taken and checked.</summary>
internal sealed record Setting<TOptions>(string Name, ValueFormat Format, Func<TOptions, object?> Get, Action<TOptions, object> Set)
{
    /// <summary>Takes the value from a text, unless it is no value of this setting; then says so.</summary>
    public string? Read(string text, TOptions into)
    {
        if (Format.Parse(text) is not { } value)
            return $"is '{text}', and must be {Format.Expected}.";
        Set(into, value);
        return null;
    }

    /// <summary>What is wrong with the value, if there is one.</summary>
    public string? Fault(TOptions options) =>
        Get(options) is { } value && !Format.Accepts(value) ? string.Create(CultureInfo.InvariantCulture, $"is '{value}', and must be {Format.Expected}.") : null;
}
