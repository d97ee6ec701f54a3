using System.Buffers;
using System.Collections.Frozen;
using System.Text.Json;
using Protean.EventStore.Sqlite.Connections;
using Protean.Storage;

namespace Protean.EventStore.Sqlite.Log;

/// <summary>How messages stand in their table.</summary>
internal static class MessageRow
{
    /// <summary>The columns that <see cref="Read"/> expects, in its order.</summary>
    public const string Columns =
        "global_position, stream, position, category, kind, time, type, id, checksum, correlation_id, causation_id, cause_stream, "
        + "origin_stream, root_stream, trace_parent, deadline, idempotency_key, headers, body";

    private const string Insert =
        $"INSERT INTO protean_messages ({Columns}, partition_hash, archived) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

    public static StoredMessage Read(Statement row, TextCache texts)
    {
        var stream = texts.Get(row.Bytes(1));
        return new()
        {
            GlobalPosition = row.Number(0),
            Stream = StreamName.FromStored(stream, texts.Get(row.Bytes(3))),
            Position = row.Number(2),
            Kind = (MessageKind)row.Number(4),
            Time = Microseconds.ToTime(row.Number(5)),
            Type = texts.Get(row.Bytes(6)),
            Id = row.Id(7),
            Checksum = (uint?)row.OptionalNumber(8),
            Metadata = ReadMetadata(row, texts),
            Body = row.Bytes(18).ToArray(),
        };
    }

    public static void Write(
        Database database, StreamName stream, in NewMessage message, long globalPosition, long position, int partitionHash, bool isArchived = false)
    {
        var metadata = message.Metadata;
        database.Use(Insert)
            .With(globalPosition).With(stream.Value).With(position).With(stream.Category)
            .With((long)message.Kind).With(Microseconds.Of(message.Time)).With(message.Type).With(message.Id).With(message.Checksum)
            .With(metadata.CorrelationId).With(metadata.CausationId)
            .With(metadata.CauseStream).With(metadata.OriginStream).With(metadata.RootStream)
            .With(metadata.TraceParent).With(Microseconds.Of(metadata.Deadline)).With(metadata.IdempotencyKey)
            .With(Headers(metadata.Headers)).With(message.Body.Span)
            .With(partitionHash).With(isArchived ? 1 : 0)
            .Run();
    }

    private static MessageMetadata ReadMetadata(Statement row, TextCache texts) => new()
    {
        CorrelationId = texts.Get(row.Bytes(9)),
        CausationId = row.OptionalId(10),
        CauseStream = OptionalName(row, 11, texts),
        OriginStream = OptionalName(row, 12, texts),
        RootStream = OptionalName(row, 13, texts),
        TraceParent = row.OptionalText(14),
        Deadline = Microseconds.ToTime(row.OptionalNumber(15)),
        IdempotencyKey = row.OptionalText(16),
        Headers = row.IsNull(17) ? MessageMetadata.NoHeaders : ReadHeaders(row.Bytes(17)),
    };

    private static string? OptionalName(Statement row, int column, TextCache texts) =>
        row.IsNull(column) ? null : texts.Get(row.Bytes(column));

    private static byte[]? Headers(IReadOnlyDictionary<string, string> headers)
    {
        if (headers.Count == 0)
            return null;
        var output = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(output))
        {
            writer.WriteStartObject();
            foreach (var (name, value) in headers)
                writer.WriteString(name, value);
            writer.WriteEndObject();
        }

        return output.WrittenSpan.ToArray();
    }

    private static FrozenDictionary<string, string> ReadHeaders(ReadOnlySpan<byte> json)
    {
        var headers = new Dictionary<string, string>();
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            headers[name] = reader.GetString()!;
        }

        return headers.ToFrozenDictionary();
    }
}
