using Npgsql;
using NpgsqlTypes;
using Protean.Storage;

namespace Protean.EventStore.Writing;

/// <summary>One message as parameters, in the order of its columns.</summary>
internal static class MessageParameters
{
    public static void Add(NpgsqlParameterCollection parameters, in NewMessage message)
    {
        var metadata = message.Metadata;
        parameters.Add(new NpgsqlParameter<Guid> { TypedValue = message.Id });
        parameters.Add(Text(message.Type));
        parameters.Add(new NpgsqlParameter<short> { TypedValue = (short)message.Kind });
        parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = StoreTime.Of(message.Time).UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        parameters.Add(new NpgsqlParameter<int?> { TypedValue = message.Checksum is { } checksum ? unchecked((int)checksum) : null, NpgsqlDbType = NpgsqlDbType.Integer });
        parameters.Add(new NpgsqlParameter<Guid?> { TypedValue = metadata.CausationId, NpgsqlDbType = NpgsqlDbType.Uuid });
        parameters.Add(Text(metadata.CorrelationId));
        parameters.Add(Text(metadata.CauseStream));
        parameters.Add(Text(metadata.OriginStream));
        parameters.Add(Text(metadata.RootStream));
        parameters.Add(Text(metadata.TraceParent));
        parameters.Add(new NpgsqlParameter<ReadOnlyMemory<byte>?> { TypedValue = ExtraMetadata.Write(metadata), NpgsqlDbType = NpgsqlDbType.Json });
        parameters.Add(new NpgsqlParameter<ReadOnlyMemory<byte>> { TypedValue = message.Body, NpgsqlDbType = NpgsqlDbType.Json });
    }

    private static NpgsqlParameter<string?> Text(string? text) => new() { TypedValue = text, NpgsqlDbType = NpgsqlDbType.Text };
}
