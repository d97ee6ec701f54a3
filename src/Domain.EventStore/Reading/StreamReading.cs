using System.Collections.Concurrent;
using Npgsql;
using NpgsqlTypes;
using Protean.Storage;

namespace Protean.EventStore.Reading;

/// <summary>Reads one stream, with a snapshot in the same statement, so that both are of one moment.</summary>
internal sealed class StreamReading(PostgresDatabase database, CollectionTables collections)
{
    private readonly string _messages = database.Schema + ".messages";
    private readonly ConcurrentDictionary<(bool Backwards, bool Lean, string? Snapshots), string> _sql = [];

    public async ValueTask<StreamPage> ReadAsync(StreamRead read, CancellationToken cancellationToken)
    {
        ReadValidation.Check(read);
        var sql = _sql.GetOrAdd((read.Backwards, read.BodiesOnly, read.Snapshot?.Collection), Sql);
        var page = await database.QueryAsync(sql, read, Bind, PageAsync, cancellationToken).ConfigureAwait(false);
        if (page.Messages.Count > 0 || read.Snapshot is not null)
            return page;
        // Without a message there is no row to say how far the stream goes.
        return await EmptyAsync(page, read, cancellationToken).ConfigureAwait(false);
    }

    private static void Bind(NpgsqlParameterCollection parameters, StreamRead read)
    {
        parameters.Add(new NpgsqlParameter<string> { TypedValue = read.Stream.Value });
        parameters.Add(new NpgsqlParameter<long> { TypedValue = read.From });
        // One more tells whether something follows.
        parameters.Add(new NpgsqlParameter<long> { TypedValue = read.MaxCount + 1L });
        if (read.Snapshot is not { } address)
            return;
        parameters.Add(new NpgsqlParameter<string> { TypedValue = address.Key });
        parameters.Add(new NpgsqlParameter<long?> { TypedValue = address.Generation, NpgsqlDbType = NpgsqlDbType.Bigint });
        parameters.Add(new NpgsqlParameter<string> { TypedValue = address.Collection });
    }

    private static async ValueTask<StreamPage> PageAsync(NpgsqlDataReader reader, StreamRead read, CancellationToken cancellationToken)
    {
        IStreamRow row = read.BodiesOnly ? new LeanRow(read.Stream) : new MessageRow();
        var (versionColumn, archivedColumn) = (row.Count, row.Count + 1);
        var messages = new List<StoredMessage>();
        StoredDocument? snapshot = null;
        var version = ExpectedVersion.NoStream;
        var (archived, more) = (false, false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            version = reader.GetInt64(versionColumn);
            archived = reader.GetBoolean(archivedColumn);
            if (row.IsSnapshot(reader))
                snapshot = row.ReadSnapshot(reader, read.Snapshot!.Value.Key);
            else if (messages.Count < read.MaxCount)
                messages.Add(row.Read(reader));
            else
                more = true;
        }

        return new(messages, version, !more, archived, snapshot);
    }

    /// <summary>The first row tells of the snapshot and of how far the stream goes.</summary>
    private string WithSnapshot(string collection, bool lean)
    {
        var table = collections.Get(collection).Table;
        var start = "greatest($2, coalesce((select s.version from s), 0))";
        return $"""
            with s as materialized (select d.version, d.stamp, d.body from {table} d
                where d.key = $4 and d.generation = (select g.number from {database.Schema}.generations g
                    where g.collection = $6 and case when $5 is null then g.state = 1 else g.number = $5 and g.state < 2 end))
            select {(lean ? LeanRow.SnapshotColumns : MessageRow.SnapshotColumns)},
                coalesce((select max(l.position) from {_messages} l where l.stream = $1), {ExpectedVersion.NoStream}),
                coalesce((select l.archived from {_messages} l where l.stream = $1 order by l.position desc limit 1), false)
            from (select) one left join s on true
            union all
            (select * from ({OfMessages(backwards: false, lean, start)}) m)
            """;
    }

    private string Sql((bool Backwards, bool Lean, string? Snapshots) shape) =>
        shape.Snapshots is { } collection ? WithSnapshot(collection, shape.Lean) : OfMessages(shape.Backwards, shape.Lean, "$2");

    private string OfMessages(bool backwards, bool lean, string from) => $"""
        select {(lean ? LeanRow.Columns : MessageRow.Columns)}, (select max(l.position) from {_messages} l where l.stream = $1) as version, m.archived
        from {_messages} m where m.stream = $1 and m.position {(backwards ? "<=" : ">=")} {from} order by m.position {(backwards ? "desc" : "asc")} limit $3
        """;

    private async ValueTask<StreamPage> EmptyAsync(StreamPage page, StreamRead read, CancellationToken cancellationToken)
    {
        var last = await database.QueryAsync(
            $"select m.position, m.archived from {_messages} m where m.stream = $1 order by m.position desc limit 1",
            read,
            static (parameters, read) => parameters.Add(new NpgsqlParameter<string> { TypedValue = read.Stream.Value }),
            static async (reader, _, cancellationToken) =>
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false) ? (reader.GetInt64(0), reader.GetBoolean(1)) : (ExpectedVersion.NoStream, false),
            cancellationToken).ConfigureAwait(false);
        var (version, archived) = last;
        // What was appended since the first look is for the next one.
        var isEnd = read.Backwards || version < read.From;
        return page with { Version = version, IsArchived = archived, IsEnd = isEnd };
    }
}
