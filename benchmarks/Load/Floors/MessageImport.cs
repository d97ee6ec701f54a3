using Npgsql;
using NpgsqlTypes;
using Protean.Storage;

namespace Protean.Benchmarks.Load.Floors;

/// <summary>Writes full rows of messages by binary COPY, in the order of the columns of <see cref="MessagesTable.Copy"/>.</summary>
internal static class MessageImport
{
    public static async Task WriteMessageAsync(this NpgsqlBinaryImporter import, long globalPosition, StreamName stream, long position, NewMessage message)
    {
        var metadata = message.Metadata;
        await import.StartRowAsync();
        await import.WriteAsync(globalPosition, NpgsqlDbType.Bigint);
        await import.WriteAsync(stream.Value, NpgsqlDbType.Text);
        await import.WriteAsync(position, NpgsqlDbType.Bigint);
        await import.WriteAsync(stream.Category, NpgsqlDbType.Text);
        await import.WriteAsync(StreamName.StableHash(stream.Value), NpgsqlDbType.Integer);
        await import.WriteAsync(message.Id, NpgsqlDbType.Uuid);
        await import.WriteAsync(message.Type, NpgsqlDbType.Text);
        await import.WriteAsync((short)message.Kind, NpgsqlDbType.Smallint);
        await import.WriteAsync(false, NpgsqlDbType.Boolean);
        await import.WriteAsync(message.Time.UtcDateTime, NpgsqlDbType.TimestampTz);
        await import.WriteAsync(unchecked((int)message.Checksum!.Value), NpgsqlDbType.Integer);
        await import.WriteAsync(metadata.CausationId!.Value, NpgsqlDbType.Uuid);
        await import.WriteAsync(metadata.CorrelationId, NpgsqlDbType.Text);
        await import.WriteAsync(metadata.CauseStream!, NpgsqlDbType.Text);
        await import.WriteAsync(metadata.OriginStream!, NpgsqlDbType.Text);
        await import.WriteAsync(metadata.RootStream!, NpgsqlDbType.Text);
        await import.WriteNullAsync();
        await import.WriteNullAsync();
        await import.WriteAsync(message.Body, NpgsqlDbType.Json);
    }
}
