using Npgsql;
using Protean.Storage;

namespace Protean.EventStore.Reading;

/// <summary>
/// Reads of messages of one stream what it takes to rebuild its state. Every column of every row costs time, so the kind is negative in an
/// archived stream, and only the row of a snapshot tells how far the stream goes.
/// </summary>
internal sealed class LeanRow(StreamName stream, bool withSnapshot) : IStreamRow
{
    public const string Columns = "m.position, m.type, case when m.archived then -m.kind else m.kind end as kind, m.checksum, m.body";

    private const int Snapshot = short.MaxValue;
    private const int Version = 5;

    private static readonly MessageMetadata _none = new() { CorrelationId = "" };
    private string _type = "";

    /// <summary>The row that goes ahead of messages when a snapshot is asked for.</summary>
    /// <param name="version">The expression for how far the stream goes.</param>
    /// <param name="archived">The expression for whether the stream is archived.</param>
    public static string SnapshotColumns(string version, string archived) =>
        $"s.version as position, s.stamp, (case when {archived} then -{Snapshot} else {Snapshot} end)::smallint, null::integer, s.body::text::json, {version}";

    public bool IsSnapshot(NpgsqlDataReader reader) => Math.Abs((int)reader.GetInt16(2)) == Snapshot;

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
            Kind = (MessageKind)Math.Abs(reader.GetInt16(2)),
            Time = default,
            Checksum = reader.IsDBNull(3) ? null : unchecked((uint)reader.GetInt32(3)),
            Metadata = _none,
            Body = reader.GetFieldValue<byte[]>(4),
        };
    }

    public StoredDocument? ReadSnapshot(NpgsqlDataReader reader, string key) =>
        reader.IsDBNull(0) ? null : new(key, reader.GetInt64(0), reader.GetString(1), reader.GetFieldValue<byte[]>(4));

    public long? VersionIn(NpgsqlDataReader reader) => withSnapshot && !reader.IsDBNull(Version) ? reader.GetInt64(Version) : null;

    public bool IsArchivedIn(NpgsqlDataReader reader) => reader.GetInt16(2) < 0;
}
