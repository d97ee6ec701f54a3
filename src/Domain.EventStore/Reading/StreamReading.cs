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

    private string FullColumns => $"{MessageRow.Columns}, (select max(l.position) from {_messages} l where l.stream = $1) as version, m.archived";

    public async ValueTask<StreamPage> ReadAsync(StreamRead read, CancellationToken cancellationToken)
    {
        ReadValidation.Check(read);
        var sql = _sql.GetOrAdd((read.Backwards, read.BodiesOnly, read.Snapshot?.Collection), Sql);
        var (page, version) = await database.QueryAsync(sql, read, Bind, PageAsync, cancellationToken).ConfigureAwait(false);
        if (version is not null)
            return page with { Version = version.Value };
        if (page.Messages.Count > 0 && page.IsEnd && !read.Backwards)
            return page with { Version = page.Messages[^1].Position };
        // Either there is no row to say how far the stream goes, or the rows are lean and more of them follow.
        var (last, archived) = await EndAsync(read, cancellationToken).ConfigureAwait(false);
        // What was appended since the first look is for the next one.
        var isEnd = page.Messages.Count > 0 ? page.IsEnd : read.Backwards || last < read.From;
        return page with { Version = last, IsArchived = archived, IsEnd = isEnd };
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

    /// <returns>The page, and how far the stream goes if a row told it.</returns>
    private static async ValueTask<(StreamPage Page, long? Version)> PageAsync(NpgsqlDataReader reader, StreamRead read, CancellationToken cancellationToken)
    {
        IStreamRow row = read.BodiesOnly ? new LeanRow(read.Stream, read.Snapshot is not null) : new MessageRow();
        var messages = new List<StoredMessage>();
        StoredDocument? snapshot = null;
        long? version = null;
        var (archived, more) = (false, false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            version = row.VersionIn(reader) ?? version;
            archived = row.IsArchivedIn(reader);
            if (row.IsSnapshot(reader))
                snapshot = row.ReadSnapshot(reader, read.Snapshot!.Value.Key);
            else if (messages.Count < read.MaxCount)
                messages.Add(row.Read(reader));
            else
                more = true;
        }

        return (new(messages, ExpectedVersion.NoStream, !more, archived, snapshot), version);
    }

    private string Sql((bool Backwards, bool Lean, string? Snapshots) shape) =>
        shape.Snapshots is { } collection ? WithSnapshot(collection, shape.Lean) : OfMessages(shape.Lean ? LeanRow.Columns : FullColumns, shape.Backwards, "$2");

    /// <summary>The first row tells of the snapshot and of how far the stream goes.</summary>
    private string WithSnapshot(string collection, bool lean)
    {
        var version = $"coalesce((select max(l.position) from {_messages} l where l.stream = $1), {ExpectedVersion.NoStream})";
        var archived = $"coalesce((select l.archived from {_messages} l where l.stream = $1 order by l.position desc limit 1), false)";
        return $"""
            with s as materialized (select d.version, d.stamp, d.body from {collections.Get(collection).Table} d
                where d.key = $4 and d.generation = (select g.number from {database.Schema}.generations g
                    where g.collection = $6 and case when $5 is null then g.state = 1 else g.number = $5 and g.state < 2 end))
            select {(lean ? LeanRow.SnapshotColumns(version, archived) : $"{MessageRow.SnapshotColumns}, {version}, {archived}")} from (select) one left join s on true
            union all
            (select * from ({OfMessages(lean ? LeanRow.Columns + ", null::bigint" : FullColumns, backwards: false, "greatest($2, coalesce((select s.version from s), 0))")}) m)
            """;
    }

    private string OfMessages(string columns, bool backwards, string from) => $"""
        select {columns} from {_messages} m where m.stream = $1 and m.position {(backwards ? "<=" : ">=")} {from} order by m.position {(backwards ? "desc" : "asc")} limit $3
        """;

    private ValueTask<(long Version, bool IsArchived)> EndAsync(StreamRead read, CancellationToken cancellationToken) => database.QueryAsync(
        $"select m.position, m.archived from {_messages} m where m.stream = $1 order by m.position desc limit 1",
        read,
        static (parameters, read) => parameters.Add(new NpgsqlParameter<string> { TypedValue = read.Stream.Value }),
        static async (reader, _, cancellationToken) =>
            await reader.ReadAsync(cancellationToken).ConfigureAwait(false) ? (reader.GetInt64(0), reader.GetBoolean(1)) : (ExpectedVersion.NoStream, false),
        cancellationToken);
}
