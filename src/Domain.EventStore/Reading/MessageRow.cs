using Npgsql;
using Protean.Storage;

namespace Protean.EventStore.Reading;

/// <summary>Reads messages out of rows. Texts that repeat from row to row are made once.</summary>
internal sealed class MessageRow : IStreamRow
{
    public const string Columns =
        "m.global_position, m.stream, m.position, m.category, m.id, m.type, m.kind, m.time, m.checksum, m.causation_id, m.correlation_id, m.cause_stream, m.origin_stream, m.root_stream, m.trace_parent, m.extra, m.body";

    public const string SnapshotColumns =
        "0::bigint as global_position, '', s.version, '', null::uuid, s.stamp, 0::smallint, null::timestamptz, null::integer, null::uuid, '', null, null, null, null, null::json, s.body::text::json";

    /// <summary>How many columns there are. Queries put their own behind them; those of one stream, how far it goes and whether it is archived.</summary>
    public const int Count = 17;

    private string _stream = "";
    private string _category = "";
    private string _type = "";

    /// <summary>No message has the global position 0.</summary>
    public bool IsSnapshot(NpgsqlDataReader reader) => reader.GetInt64(0) == 0;

    public StoredMessage Read(NpgsqlDataReader reader)
    {
        var category = _category = Text(reader, 3, _category);
        var metadata = new MessageMetadata
        {
            CausationId = reader.IsDBNull(9) ? null : reader.GetGuid(9),
            CorrelationId = reader.GetString(10),
            CauseStream = Optional(reader, 11),
            OriginStream = Optional(reader, 12),
            RootStream = Optional(reader, 13),
            TraceParent = Optional(reader, 14),
        };
        return new()
        {
            GlobalPosition = reader.GetInt64(0),
            Stream = StreamName.FromStored(_stream = Text(reader, 1, _stream), category),
            Position = reader.GetInt64(2),
            Id = reader.GetGuid(4),
            Type = _type = Text(reader, 5, _type),
            Kind = (MessageKind)reader.GetInt16(6),
            Time = new(reader.GetDateTime(7)),
            Checksum = reader.IsDBNull(8) ? null : unchecked((uint)reader.GetInt32(8)),
            Metadata = reader.IsDBNull(15) ? metadata : ExtraMetadata.Read(metadata, reader.GetFieldValue<byte[]>(15)),
            Body = reader.GetFieldValue<byte[]>(16),
        };
    }

    public StoredDocument? ReadSnapshot(NpgsqlDataReader reader, string key) =>
        reader.IsDBNull(2) ? null : new(key, reader.GetInt64(2), reader.GetString(5), reader.GetFieldValue<byte[]>(16));

    public long? VersionIn(NpgsqlDataReader reader) => reader.GetInt64(Count);

    public bool IsArchivedIn(NpgsqlDataReader reader) => reader.GetBoolean(Count + 1);

    private static string Text(NpgsqlDataReader reader, int column, string before)
    {
        var text = reader.GetString(column);
        return text == before ? before : text;
    }

    private static string? Optional(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
}
