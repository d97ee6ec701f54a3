using Npgsql;
using Protean.Storage;

namespace Protean.EventStore.Reading;

/// <summary>Reads messages of one stream out of rows, without their metadata.</summary>
internal sealed class LeanRow(StreamName stream) : IStreamRow
{
    private static readonly MessageMetadata _none = new() { CorrelationId = "" };
    private string _type = "";

    public static string Columns => "m.global_position, m.position, m.id, m.type, m.kind, m.time, m.checksum, m.body";

    public static string SnapshotColumns => "0::bigint as global_position, s.version, null::uuid, s.stamp, 0::smallint, null::timestamptz, null::integer, s.body::text::json";

    public int Count => 8;

    public StoredMessage Read(NpgsqlDataReader reader)
    {
        var type = reader.GetString(3);
        return new()
        {
            GlobalPosition = reader.GetInt64(0),
            Stream = stream,
            Position = reader.GetInt64(1),
            Id = reader.GetGuid(2),
            Type = type == _type ? _type : _type = type,
            Kind = (MessageKind)reader.GetInt16(4),
            Time = new(reader.GetDateTime(5)),
            Checksum = reader.IsDBNull(6) ? null : unchecked((uint)reader.GetInt32(6)),
            Metadata = _none,
            Body = reader.GetFieldValue<byte[]>(7),
        };
    }

    public StoredDocument? ReadSnapshot(NpgsqlDataReader reader, string key) =>
        reader.IsDBNull(1) ? null : new(key, reader.GetInt64(1), reader.GetString(3), reader.GetFieldValue<byte[]>(7));
}
