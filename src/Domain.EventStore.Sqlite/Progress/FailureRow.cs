using System.Buffers;
using System.Text.Json;
using Protean.EventStore.Sqlite.Connections;
using Protean.Storage;

namespace Protean.EventStore.Sqlite.Progress;

/// <summary>How failure records stand in their table.</summary>
internal static class FailureRow
{
    /// <summary>The columns that <see cref="Read"/> expects, in its order.</summary>
    public const string Columns =
        "handler, global_position, method, partition, message_id, message_type, stream, stream_position, status, park_key, retries, "
        + "next_attempt_at, failed_at, updated_at, revision, attempts";

    private const string Insert = $"INSERT INTO protean_failures ({Columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

    public static void Write(Database database, FailureRecord record, long revision) =>
        database.Use(Insert)
            .With(record.Key.Handler).With(record.Key.GlobalPosition).With(record.Key.Method)
            .With(record.Partition).With(record.MessageId).With(record.MessageType).With(record.Stream).With(record.StreamPosition)
            .With((long)record.Status).With(record.ParkKey).With(record.Retries)
            .With(Microseconds.Of(record.NextAttemptAt)).With(Microseconds.Of(record.FailedAt)).With(Microseconds.Of(record.UpdatedAt))
            .With(revision).With(Attempts(record.Attempts))
            .Run();

    public static FailureRecord Read(Statement row) => new()
    {
        Key = new(row.Text(0), row.Text(2), row.Number(1)),
        Partition = (int)row.Number(3),
        MessageId = row.Id(4),
        MessageType = row.Text(5),
        Stream = row.Text(6),
        StreamPosition = row.Number(7),
        Status = (FailureStatus)row.Number(8),
        ParkKey = row.OptionalText(9),
        Retries = (int)row.Number(10),
        NextAttemptAt = Microseconds.ToTime(row.OptionalNumber(11)),
        FailedAt = Microseconds.ToTime(row.Number(12)),
        UpdatedAt = Microseconds.ToTime(row.Number(13)),
        Revision = row.Number(14),
        Attempts = ReadAttempts(row.Bytes(15)),
    };

    private static byte[] Attempts(IReadOnlyList<FailureAttempt> attempts)
    {
        var output = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(output);
        writer.WriteStartArray();
        foreach (var attempt in attempts)
        {
            writer.WriteStartArray();
            writer.WriteNumberValue(Microseconds.Of(attempt.At));
            writer.WriteStringValue(attempt.ExceptionType);
            writer.WriteStringValue(attempt.Message);
            writer.WriteStringValue(attempt.Detail);
            writer.WriteEndArray();
        }

        writer.WriteEndArray();
        writer.Flush();
        return output.WrittenSpan.ToArray();
    }

    private static List<FailureAttempt> ReadAttempts(ReadOnlySpan<byte> json)
    {
        var attempts = new List<FailureAttempt>();
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.StartArray)
        {
            reader.Read();
            var at = Microseconds.ToTime(reader.GetInt64());
            attempts.Add(new(at, NextText(ref reader), NextText(ref reader), NextText(ref reader)));
            reader.Read();
        }

        return attempts;
    }

    private static string NextText(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.GetString()!;
    }
}
