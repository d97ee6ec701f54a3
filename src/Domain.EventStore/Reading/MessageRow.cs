using Npgsql;
using Protean.Storage;

namespace Protean.EventStore.Reading;

/// <summary>
/// Reads messages out of rows. Every column and byte of every row costs time on both sides, so what another column tells already is not sent, and
/// texts that repeat from row to row are made once.
/// </summary>
internal sealed class MessageRow : IStreamRow
{
    // No stream has an empty name, so that stands for the stream of the direct cause: the origin and the root are often the same.
    public const string Columns = """
        m.global_position, m.stream, m.position, m.id, m.type, m.kind, m.time, m.checksum, m.causation_id, m.correlation_id, m.cause_stream,
        case when m.origin_stream = m.cause_stream then '' else m.origin_stream end, case when m.root_stream = m.cause_stream then '' else m.root_stream end,
        m.trace_parent, m.extra, m.body
        """;

    public const string SnapshotColumns =
        "0::bigint as global_position, '', s.version, null::uuid, s.stamp, 0::smallint, null::timestamptz, null::integer, null::uuid, '', null, null, null, null, null::json, s.body::text::json";

    /// <summary>How many columns there are. Queries put their own behind them; those of one stream, how far it goes and whether it is archived.</summary>
    public const int Count = 16;

    private const int Type = 4;
    private const int Body = 15;

    private string _stream = "";
    private string _category = "";
    private string _type = "";

    /// <summary>No message has the global position 0.</summary>
    public bool IsSnapshot(NpgsqlDataReader reader) => reader.GetInt64(0) == 0;

    // In the order of the columns: whoever goes back looks for the column again.
    public StoredMessage Read(NpgsqlDataReader reader)
    {
        var globalPosition = reader.GetInt64(0);
        var stream = Stream(reader.GetString(1));
        var position = reader.GetInt64(2);
        var id = reader.GetGuid(3);
        var type = reader.GetString(Type);
        _type = type == _type ? _type : type;
        var kind = (MessageKind)reader.GetInt16(5);
        var time = new DateTimeOffset(reader.GetDateTime(6));
        uint? checksum = reader.IsDBNull(7) ? null : unchecked((uint)reader.GetInt32(7));
        var metadata = Metadata(reader);
        return new()
        {
            GlobalPosition = globalPosition,
            Stream = stream,
            Position = position,
            Id = id,
            Type = _type,
            Kind = kind,
            Time = time,
            Checksum = checksum,
            Metadata = reader.IsDBNull(14) ? metadata : ExtraMetadata.Read(metadata, reader.GetFieldValue<byte[]>(14)),
            Body = reader.GetFieldValue<byte[]>(Body),
        };
    }

    public StoredDocument? ReadSnapshot(NpgsqlDataReader reader, string key) =>
        reader.IsDBNull(2) ? null : new(key, reader.GetInt64(2), reader.GetString(Type), reader.GetFieldValue<byte[]>(Body));

    public long? VersionIn(NpgsqlDataReader reader) => reader.GetInt64(Count);

    public bool IsArchivedIn(NpgsqlDataReader reader) => reader.GetBoolean(Count + 1);

    private static MessageMetadata Metadata(NpgsqlDataReader reader)
    {
        Guid? causation = reader.IsDBNull(8) ? null : reader.GetGuid(8);
        var correlation = reader.GetString(9);
        var cause = Optional(reader, 10);
        return new()
        {
            CausationId = causation,
            CorrelationId = correlation,
            CauseStream = cause,
            OriginStream = OrCause(Optional(reader, 11), cause),
            RootStream = OrCause(Optional(reader, 12), cause),
            TraceParent = Optional(reader, 13),
        };
    }

    private StreamName Stream(string name)
    {
        if (name == _stream)
            return StreamName.FromStored(_stream, _category);
        _stream = name;
        if (!(name.StartsWith(_category, StringComparison.Ordinal) && name.AsSpan(_category.Length) is ['-', ..]))
            _category = StreamName.CategoryOf(name);
        return StreamName.FromStored(name, _category);
    }

    private static string? OrCause(string? stream, string? cause) => stream is "" ? cause : stream;

    private static string? Optional(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
}
