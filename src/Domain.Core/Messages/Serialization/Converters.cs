using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Protean;

/// <summary>Writes instants in UTC with a fixed number of digits, so that their order as text is their order in time.</summary>
internal sealed class UtcDateTimeOffsetConverter : JsonConverter<DateTimeOffset>
{
    public const string Format = "yyyy-MM-ddTHH:mm:ss.fffffffZ";

    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToUniversalTime().ToString(Format, CultureInfo.InvariantCulture));
}

/// <summary>Writes dates with a fixed number of digits; local ones in UTC.</summary>
internal sealed class FixedWidthDateTimeConverter : JsonConverter<DateTime>
{
    public override DateTime Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTime();

    public override void Write(Utf8JsonWriter writer, DateTime value, JsonSerializerOptions options)
    {
        if (value.Kind == DateTimeKind.Local)
            value = value.ToUniversalTime();
        var format = value.Kind == DateTimeKind.Utc ? UtcDateTimeOffsetConverter.Format : "yyyy-MM-ddTHH:mm:ss.fffffff";
        writer.WriteStringValue(value.ToString(format, CultureInfo.InvariantCulture));
    }
}

/// <summary>A strongly typed id is written as the value it wraps.</summary>
/// <param name="strict">Whether a null is refused where the id is a struct.</param>
internal sealed class TypedIdConverterFactory(bool strict) : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => IdFormat.TypedIdParts(typeToConvert) is not null;

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options)
    {
        var parts = IdFormat.TypedIdParts(typeToConvert)!.Value;
        return (JsonConverter)Activator.CreateInstance(
            typeof(TypedIdConverter<,>).MakeGenericType(typeToConvert, parts.Value.PropertyType), parts.Constructor, parts.Value, strict)!;
    }
}
