using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Protean;

/// <summary>The JSON of a domain: one way to write, three strictnesses to read.</summary>
internal static class DomainJson
{
    /// <summary>Text is stored as it is: what is stored goes to no HTML page without another encoding.</summary>
    public static readonly JavaScriptEncoder Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    /// <summary>For messages that are written, and for stored ones whose unknown members nobody counts.</summary>
    public static JsonSerializerOptions MessageOptions(Action<JsonSerializerOptions> configure) => Create(configure);

    /// <summary>For stored messages and documents: unknown members are tolerated and counted.</summary>
    public static JsonSerializerOptions StoredOptions(Action<JsonSerializerOptions> configure) =>
        Create(configure, UnknownMembers.CountIn);

    /// <summary>For input from outside: unknown members are refused.</summary>
    public static JsonSerializerOptions InputOptions(Action<JsonSerializerOptions> configure)
    {
        var options = Create(configure, strict: true);
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        return options;
    }

    /// <summary>For the state of aggregates and for views.</summary>
    public static JsonSerializerOptions StateOptions(Action<JsonSerializerOptions> configure) =>
        Create(options =>
        {
            // Documents are compared and ordered as text, so equal instants must look alike.
            options.Converters.Add(new UtcDateTimeOffsetConverter());
            options.Converters.Add(new FixedWidthDateTimeConverter());
            configure(options);
        });

    /// <summary>For states that are read back: like <see cref="StateOptions"/>, and unknown members are counted.</summary>
    public static JsonSerializerOptions StoredStateOptions(Action<JsonSerializerOptions> configure) =>
        Create(
            options =>
            {
                options.Converters.Add(new UtcDateTimeOffsetConverter());
                options.Converters.Add(new FixedWidthDateTimeConverter());
                configure(options);
            },
            UnknownMembers.CountIn);

    private static JsonSerializerOptions Create(Action<JsonSerializerOptions> configure, Action<JsonTypeInfo>? modifier = null, bool strict = false)
    {
        var resolver = new DefaultJsonTypeInfoResolver { Modifiers = { StateContract.Apply } };
        if (modifier is not null)
            resolver.Modifiers.Add(modifier);
        var options = new JsonSerializerOptions(JsonSerializerDefaults.General)
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            Encoder = Encoder,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
            TypeInfoResolver = resolver,
        };
        configure(options);
        options.Converters.Add(new JsonStringEnumConverter());
        options.Converters.Add(new TypedIdConverterFactory(strict));
        return options;
    }
}
