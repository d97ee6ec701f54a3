using Npgsql;
using Protean.Storage;

namespace Protean.EventStore.Reading;

/// <summary>Reads of messages of one stream what it takes to rebuild its state.</summary>
internal sealed class LeanRow(StreamName stream) : IStreamRow
{
    public const string Columns = "m.position, m.type, m.kind, m.checksum, m.body";
    public const string SnapshotColumns = "s.version as position, s.stamp, 0::smallint, null::integer, s.body::text::json";

    private static readonly MessageMetadata _none = new() { CorrelationId = "" };
    private string _type = "";

    public int Count => 5;

    public bool IsSnapshot(NpgsqlDataReader reader) => reader.GetInt16(2) == 0;

    public StoredMessage Read(NpgsqlDataReader reader)
    {
        var type = reader.GetString(1);
        return new()
        {
            GlobalPosition = 0,
            Stream = stream,
            Position = reader.GetInt64(0),
            Id = Guid.Empty,
            Type = type == _type ? _type : _type = type,
            Kind = (MessageKind)reader.GetInt16(2),
            Time = default,
            Checksum = reader.IsDBNull(3) ? null : unchecked((uint)reader.GetInt32(3)),
            Metadata = _none,
            Body = reader.GetFieldValue<byte[]>(4),
        };
    }

    public StoredDocument? ReadSnapshot(NpgsqlDataReader reader, string key) =>
        reader.IsDBNull(0) ? null : new(key, reader.GetInt64(0), reader.GetString(1), reader.GetFieldValue<byte[]>(4));
}
