using Npgsql;
using NpgsqlTypes;
using Protean.Storage;

namespace Protean.EventStore.Writing;

/// <summary>One message, at the version that its stream is expected at: the usual way for a batch of one, without arrays.</summary>
internal sealed class SingleAppend
{
    private readonly NpgsqlBatchCommand _command;
    private readonly NpgsqlParameter<Guid> _batch = new() { NpgsqlDbType = NpgsqlDbType.Uuid };
    private readonly NpgsqlParameter<string> _stream = Text();
    private readonly NpgsqlParameter<long> _expected = new() { NpgsqlDbType = NpgsqlDbType.Bigint };
    private readonly NpgsqlParameter<string> _category = Text();
    private readonly NpgsqlParameter<int> _hash = new() { NpgsqlDbType = NpgsqlDbType.Integer };
    private readonly NpgsqlParameter<Guid> _id = new() { NpgsqlDbType = NpgsqlDbType.Uuid };
    private readonly NpgsqlParameter<string> _type = Text();
    private readonly NpgsqlParameter<short> _kind = new() { NpgsqlDbType = NpgsqlDbType.Smallint };
    private readonly NpgsqlParameter<DateTime> _time = new() { NpgsqlDbType = NpgsqlDbType.TimestampTz };
    private readonly NpgsqlParameter<int?> _checksum = new() { NpgsqlDbType = NpgsqlDbType.Integer };
    private readonly NpgsqlParameter<Guid?> _causation = new() { NpgsqlDbType = NpgsqlDbType.Uuid };
    private readonly NpgsqlParameter<string> _correlation = Text();
    private readonly NpgsqlParameter<string?> _cause = OptionalText();
    private readonly NpgsqlParameter<string?> _origin = OptionalText();
    private readonly NpgsqlParameter<string?> _root = OptionalText();
    private readonly NpgsqlParameter<string?> _trace = OptionalText();
    private readonly NpgsqlParameter<ReadOnlyMemory<byte>?> _extra = new() { NpgsqlDbType = NpgsqlDbType.Json };
    private readonly NpgsqlParameter<ReadOnlyMemory<byte>> _body = new() { NpgsqlDbType = NpgsqlDbType.Json };

    private SingleAppend(string schema, string position)
    {
        _command = new($"""
            insert into {schema}.messages (global_position, stream, position, category, partition_hash, id, type, kind, time, checksum,
                causation_id, correlation_id, cause_stream, origin_stream, root_stream, trace_parent, extra, body)
            select nextval('{schema}.positions'), $2,
                case when exists (select from {schema}.batches b where b.id = $1 and b.abandoned) then null else {position} end,
                $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18
            returning global_position, position
            """)
        {
            Parameters =
            {
                _batch, _stream, _expected, _category, _hash, _id, _type, _kind, _time, _checksum, _causation, _correlation, _cause, _origin, _root,
                _trace, _extra, _body,
            },
        };
    }

    /// <summary>The first message of a stream.</summary>
    public static SingleAppend First(string schema) =>
        new(schema, $"(select case when (select 1 from {schema}.messages m where m.stream = $2 limit 1) is null then $3 + 1 end)");

    /// <summary>A message that follows another.</summary>
    public static SingleAppend Next(string schema) =>
        new(schema, $"(select m.position + 1 from {schema}.messages m where m.stream = $2 and m.position = $3 and not m.archived)");

    /// <summary>Fills the statement.</summary>
    /// <param name="batch">The id of the batch.</param>
    /// <param name="append">Where to, with its one message.</param>
    public NpgsqlBatchCommand Fill(Guid batch, StreamAppend append)
    {
        var message = append.Messages[0];
        var metadata = message.Metadata;
        _batch.TypedValue = batch;
        _stream.TypedValue = append.Stream.Value;
        _expected.TypedValue = append.ExpectedVersion;
        _category.TypedValue = append.Stream.Category;
        _hash.TypedValue = StreamName.StableHash(append.Stream.Value);
        _id.TypedValue = message.Id;
        _type.TypedValue = message.Type;
        _kind.TypedValue = (short)message.Kind;
        _time.TypedValue = StoreTime.Of(message.Time).UtcDateTime;
        _checksum.TypedValue = message.Checksum is { } checksum ? unchecked((int)checksum) : null;
        _causation.TypedValue = metadata.CausationId;
        _correlation.TypedValue = metadata.CorrelationId;
        _cause.TypedValue = metadata.CauseStream;
        _origin.TypedValue = metadata.OriginStream;
        _root.TypedValue = metadata.RootStream;
        _trace.TypedValue = metadata.TraceParent;
        _extra.TypedValue = ExtraMetadata.Write(metadata);
        _body.TypedValue = message.Body;
        return _command;
    }

    private static NpgsqlParameter<string> Text() => new() { NpgsqlDbType = NpgsqlDbType.Text };

    private static NpgsqlParameter<string?> OptionalText() => new() { NpgsqlDbType = NpgsqlDbType.Text };
}
