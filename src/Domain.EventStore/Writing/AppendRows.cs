using Npgsql;
using NpgsqlTypes;
using Protean.Storage;

namespace Protean.EventStore.Writing;

/// <summary>Any number of messages as one statement.</summary>
internal sealed class AppendRows
{
    private readonly RowsCommand _rows;
    private readonly NpgsqlParameter<Guid> _batch;
    private readonly List<int> _members;
    private readonly List<int> _items;
    private readonly List<string> _streams;
    private readonly List<string> _categories;
    private readonly List<int> _hashes;
    private readonly List<long> _expected;
    private readonly List<int> _offsets;
    private readonly List<Guid> _ids;
    private readonly List<string> _types;
    private readonly List<short> _kinds;
    private readonly List<DateTime> _times;
    private readonly List<int?> _checksums;
    private readonly List<Guid?> _causations;
    private readonly List<string> _correlations;
    private readonly List<string?> _causes;
    private readonly List<string?> _origins;
    private readonly List<string?> _roots;
    private readonly List<string?> _traces;
    private readonly List<ReadOnlyMemory<byte>?> _extras;
    private readonly List<ReadOnlyMemory<byte>> _bodies;

    private AppendRows(string schema, string position, string more = "")
    {
        _rows = new($"""
            insert into {schema}.messages (global_position, stream, position, category, partition_hash, id, type, kind, time, checksum,
                causation_id, correlation_id, cause_stream, origin_stream, root_stream, trace_parent, extra, body)
            select nextval('{schema}.positions'), u.stream, {position}, u.category, u.partition_hash, u.id, u.type, u.kind, u.time, u.checksum,
                u.causation_id, u.correlation_id, u.cause_stream, u.origin_stream, u.root_stream, u.trace_parent, u.extra, u.body
            from (select exists (select from {schema}.batches b where b.id = $1 and b.abandoned) as abandoned offset 0) h
            cross join unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
                u (member, item, stream, category, partition_hash, expected, place, id, type, kind, time, checksum, causation_id, correlation_id,
                   cause_stream, origin_stream, root_stream, trace_parent, extra, body)
            {more}
            returning global_position, position
            """);
        _batch = _rows.Scalar<Guid>(NpgsqlDbType.Uuid);
        _members = _rows.Column<int>(NpgsqlDbType.Integer);
        _items = _rows.Column<int>(NpgsqlDbType.Integer);
        _streams = _rows.Column<string>(NpgsqlDbType.Text);
        _categories = _rows.Column<string>(NpgsqlDbType.Text);
        _hashes = _rows.Column<int>(NpgsqlDbType.Integer);
        _expected = _rows.Column<long>(NpgsqlDbType.Bigint);
        _offsets = _rows.Column<int>(NpgsqlDbType.Integer);
        _ids = _rows.Column<Guid>(NpgsqlDbType.Uuid);
        _types = _rows.Column<string>(NpgsqlDbType.Text);
        _kinds = _rows.Column<short>(NpgsqlDbType.Smallint);
        _times = _rows.Column<DateTime>(NpgsqlDbType.TimestampTz);
        _checksums = _rows.Column<int?>(NpgsqlDbType.Integer);
        _causations = _rows.Column<Guid?>(NpgsqlDbType.Uuid);
        _correlations = _rows.Column<string>(NpgsqlDbType.Text);
        _causes = _rows.Column<string?>(NpgsqlDbType.Text);
        _origins = _rows.Column<string?>(NpgsqlDbType.Text);
        _roots = _rows.Column<string?>(NpgsqlDbType.Text);
        _traces = _rows.Column<string?>(NpgsqlDbType.Text);
        _extras = _rows.Column<ReadOnlyMemory<byte>?>(NpgsqlDbType.Json);
        _bodies = _rows.Column<ReadOnlyMemory<byte>>(NpgsqlDbType.Json);
    }

    /// <summary>
    /// Only asks whether each stream is where it is expected. One that is not has no position to give, which the column does not take; one that is
    /// further has given it away.
    /// </summary>
    public static AppendRows Usual(string schema) => new(schema, $"""
        case when h.abandoned then null
             when u.place > 0 then u.expected + 1 + u.place
             when u.expected >= 0 then (select m.position + 1 from {schema}.messages m
                                        where m.stream = u.stream and m.position = u.expected and not m.archived)
             when (select 1 from {schema}.messages m where m.stream = u.stream limit 1) is null then 0 end
        """);

    /// <summary>
    /// Looks up where each stream is, and refuses the commit that is to blame if one is not where it is expected. A version and whether its stream is
    /// archived travel as one number: twice the version, plus one if it is.
    /// </summary>
    public static AppendRows Careful(string schema) => new(
        schema,
        $"""
        case when h.abandoned then {schema}.refuse('{Refusal.Abandoned}', 0, 0, 0, '')
             when l.state % 2 = 0 and u.expected in ({ExpectedVersion.Any}, l.state / 2) then l.state / 2 + 1 + u.place
             else {schema}.refuse('stream', u.member, u.item, l.state, '') end
        """,
        $"""
        cross join lateral (select case when u.place > 0 and u.expected <> {ExpectedVersion.Any} then 2 * least(u.expected, {long.MaxValue / 2})
                     else coalesce((select 2 * m.position + m.archived::int
                                    from {schema}.messages m where m.stream = u.stream order by m.position desc limit 1), 2 * {ExpectedVersion.NoStream}) end as state
                     offset 0) l
        """);

    /// <summary>Fills the statement.</summary>
    /// <param name="batch">The id of the batch, under which it may have been given up.</param>
    /// <param name="appends">Where to, and what, with the member of the batch and the item of its commit.</param>
    public RowsCommand Fill(Guid batch, IReadOnlyList<(int Member, int Item, StreamAppend Append)> appends)
    {
        _rows.Clear();
        _batch.TypedValue = batch;
        foreach (var (member, item, append) in appends)
        {
            var hash = StreamName.StableHash(append.Stream.Value);
            for (var place = 0; place < append.Messages.Count; place++)
            {
                _members.Add(member);
                _items.Add(item);
                _streams.Add(append.Stream.Value);
                _categories.Add(append.Stream.Category);
                _hashes.Add(hash);
                _expected.Add(append.ExpectedVersion);
                _offsets.Add(place);
                AddMessage(append.Messages[place]);
            }
        }

        return _rows;
    }

    private void AddMessage(in NewMessage message)
    {
        var metadata = message.Metadata;
        _ids.Add(message.Id);
        _types.Add(message.Type);
        _kinds.Add((short)message.Kind);
        _times.Add(StoreTime.Of(message.Time).UtcDateTime);
        _checksums.Add(message.Checksum is { } checksum ? unchecked((int)checksum) : null);
        _causations.Add(metadata.CausationId);
        _correlations.Add(metadata.CorrelationId);
        _causes.Add(metadata.CauseStream);
        _origins.Add(metadata.OriginStream);
        _roots.Add(metadata.RootStream);
        _traces.Add(metadata.TraceParent);
        _extras.Add(ExtraMetadata.Write(metadata));
        _bodies.Add(message.Body);
    }
}
