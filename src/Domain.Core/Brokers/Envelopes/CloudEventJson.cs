using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Protean.Brokers;

/// <summary>Writes and reads the JSON form of CloudEvents 1.0.</summary>
public static class CloudEventJson
{
    private const string Version = "1.0";

    private static readonly JsonWriterOptions Writing = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes an event as UTF-8.</summary>
    /// <exception cref="ArgumentException">An attribute cannot be written.</exception>
    public static byte[] Write(CloudEvent cloudEvent)
    {
        ArgumentNullException.ThrowIfNull(cloudEvent);
        var buffer = new ArrayBufferWriter<byte>(256 + (cloudEvent.Data.Length * (cloudEvent.HasJson ? 1 : 2)));
        using (var json = new Utf8JsonWriter(buffer, Writing))
        {
            json.WriteStartObject();
            json.WriteString("specversion"u8, Version);
            json.WriteString("id"u8, Given(cloudEvent.Id, "id"));
            json.WriteString("source"u8, Given(cloudEvent.Source, "source"));
            json.WriteString("type"u8, Given(cloudEvent.Type, "type"));
            if (cloudEvent.Subject is { } subject)
                json.WriteString("subject"u8, subject);
            if (cloudEvent.Time is { } time)
                json.WriteString("time"u8, time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture));
            if (cloudEvent.DataContentType is { } mediaType)
                json.WriteString("datacontenttype"u8, mediaType);
            if (cloudEvent.DataSchema is { } schema)
                json.WriteString("dataschema"u8, schema);
            foreach (var (name, value) in cloudEvent.Extensions)
                json.WriteString(Extension(name), value);
            WriteData(json, cloudEvent);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads an event.</summary>
    /// <exception cref="CloudEventFormatException">It is none.</exception>
    public static CloudEvent Read(ReadOnlyMemory<byte> utf8)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(utf8);
        }
        catch (JsonException error)
        {
            throw new CloudEventFormatException("it is no JSON", error);
        }

        using (document)
            return Read(document.RootElement);
    }

    private static CloudEvent Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
            throw new CloudEventFormatException("it is no object");
        Dictionary<string, string> attributes = [];
        ReadOnlyMemory<byte>? json = null;
        ReadOnlyMemory<byte>? binary = null;
        foreach (var member in root.EnumerateObject())
        {
            if (member.NameEquals("data"u8))
                json = Bytes(member.Value);
            else if (member.NameEquals("data_base64"u8))
                binary = member.Value.ValueKind == JsonValueKind.String && member.Value.TryGetBytesFromBase64(out var bytes) ? bytes : throw new CloudEventFormatException("data_base64 is no Base64");
            else if (TextOf(member.Value) is { } text)
                attributes[member.Name] = text;
        }

        if (json is not null && binary is not null)
            throw new CloudEventFormatException("it has data and data_base64");
        if (Take("specversion") is not { } version || !version.StartsWith("1.", StringComparison.Ordinal))
            throw new CloudEventFormatException("specversion is not 1.0");
        var mediaType = Take("datacontenttype");
        var data = binary ?? json ?? default;
        // Text of another media type stands in data as a JSON string.
        if (binary is null && json is not null && !CloudEvent.IsJson(mediaType) && root.GetProperty("data"u8) is { ValueKind: JsonValueKind.String } said)
            data = System.Text.Encoding.UTF8.GetBytes(said.GetString()!);
        return new()
        {
            Id = Needed("id"),
            Source = Needed("source"),
            Type = Needed("type"),
            Subject = Take("subject"),
            Time = TimeOf(Take("time")),
            DataContentType = mediaType,
            DataSchema = Take("dataschema"),
            Data = data,
            Extensions = attributes,
        };

        string? Take(string name) => attributes.Remove(name, out var value) ? value : null;

        string Needed(string name) => Take(name) is { Length: > 0 } value ? value : throw new CloudEventFormatException($"{name} is missing");
    }

    private static void WriteData(Utf8JsonWriter json, CloudEvent cloudEvent)
    {
        if (cloudEvent.Data.IsEmpty)
            return;
        if (cloudEvent.HasJson)
        {
            json.WritePropertyName("data"u8);
            json.WriteRawValue(cloudEvent.Data.Span);
        }
        else
        {
            json.WriteBase64String("data_base64"u8, cloudEvent.Data.Span);
        }
    }

    private static ReadOnlyMemory<byte> Bytes(JsonElement value) => System.Text.Encoding.UTF8.GetBytes(value.GetRawText());

    private static string? TextOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        _ => null,
    };

    private static DateTimeOffset? TimeOf(string? text) => text is null ? null
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time
        : throw new CloudEventFormatException($"time '{text}' is none");

    private static string Given(string value, string name) => value.Length > 0 ? value : throw new ArgumentException($"A CloudEvent has a {name}, and this one is empty.");

    private static string Extension(string name)
    {
        if (name.Length == 0 || name is "data" or "data_base64" or "specversion" or "id" or "source" or "type" or "subject" or "time" or "datacontenttype" or "dataschema")
            throw new ArgumentException($"'{name}' cannot be a further attribute of a CloudEvent.");
        foreach (var c in name)
        {
            if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c))
                throw new ArgumentException($"'{name}' cannot be an attribute of a CloudEvent: it contains '{c}', and has lower-case letters and digits only.");
        }

        return name;
    }
}
