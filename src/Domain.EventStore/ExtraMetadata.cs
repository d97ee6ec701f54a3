using System.Buffers;
using System.Text.Json;

namespace Protean.EventStore;

/// <summary>The metadata that few messages have, as one JSON object: a deadline, an idempotency key, headers.</summary>
internal static class ExtraMetadata
{
    /// <returns>Nothing for a message that has none of it.</returns>
    public static ReadOnlyMemory<byte>? Write(MessageMetadata metadata)
    {
        if (metadata.Deadline is null && metadata.IdempotencyKey is null && metadata.Headers.Count == 0)
            return null;
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            if (metadata.Deadline is { } deadline)
                writer.WriteString("deadline"u8, deadline.ToUniversalTime());
            if (metadata.IdempotencyKey is { } key)
                writer.WriteString("idempotencyKey"u8, key);
            if (metadata.Headers.Count > 0)
            {
                writer.WriteStartObject("headers"u8);
                foreach (var (name, value) in metadata.Headers)
                    writer.WriteString(name, value);
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    public static MessageMetadata Read(MessageMetadata metadata, byte[] json)
    {
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        return metadata with
        {
            Deadline = root.TryGetProperty("deadline"u8, out var deadline) ? deadline.GetDateTimeOffset() : null,
            IdempotencyKey = root.TryGetProperty("idempotencyKey"u8, out var key) ? key.GetString() : null,
            Headers = root.TryGetProperty("headers"u8, out var headers)
                ? headers.EnumerateObject().ToDictionary(static header => header.Name, static header => header.Value.GetString()!)
                : MessageMetadata.NoHeaders,
        };
    }
}
