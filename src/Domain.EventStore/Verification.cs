using System.Runtime.CompilerServices;
using Npgsql;
using NpgsqlTypes;
using Protean.Storage;

namespace Protean.EventStore;

/// <summary>Looks for what cannot be right. Each question is one statement; bodies are read page by page, so that no transaction stays open.</summary>
internal sealed class Verification(PostgresDatabase database, CollectionTables collections)
{
    private const int Page = 1_000;
    private readonly string _messages = database.Schema + ".messages";

    public async IAsyncEnumerable<StoreFinding> RunAsync(IReadOnlyList<SnapshotCollection> snapshots, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(snapshots);
        foreach (var finding in await GapsAsync(cancellationToken).ConfigureAwait(false))
            yield return finding;
        foreach (var finding in await DuplicatesAsync(cancellationToken).ConfigureAwait(false))
            yield return finding;
        await foreach (var finding in ChecksumsAsync(cancellationToken).ConfigureAwait(false))
            yield return finding;
        foreach (var finding in await CheckpointsAsync(cancellationToken).ConfigureAwait(false))
            yield return finding;
        foreach (var snapshot in snapshots)
        {
            foreach (var finding in await SnapshotsAsync(snapshot, cancellationToken).ConfigureAwait(false))
                yield return finding;
        }
    }

    private ValueTask<List<StoreFinding>> GapsAsync(CancellationToken cancellationToken) => database.ListAsync(
        $"""
        select stream, position, last
        from (select stream, position, kind, lag(position) over (partition by stream order by position, global_position) as last from {_messages}) m
        where position <> last + 1 or (last is null and position <> 0 and kind <> {(int)MessageKind.Baseline}) order by stream, position
        """,
        static _ => { },
        static reader => new StoreFinding(StoreProblem.StreamGap, reader.GetString(0), reader.IsDBNull(2)
            ? $"it begins at position {reader.GetInt64(1)}, and not with a baseline"
            : $"position {reader.GetInt64(1)} follows {reader.GetInt64(2)}"),
        cancellationToken,
        isLong: true);

    private ValueTask<List<StoreFinding>> DuplicatesAsync(CancellationToken cancellationToken) => database.ListAsync(
        $"select id, max(global_position) from {_messages} group by id having count(*) > 1 order by 2",
        static _ => { },
        static reader => new StoreFinding(StoreProblem.DuplicateMessageId, reader.GetGuid(0).ToString(), $"it stands at global position {reader.GetInt64(1)}, and before"),
        cancellationToken,
        isLong: true);

    private async IAsyncEnumerable<StoreFinding> ChecksumsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var after = 0L;
        while (true)
        {
            var page = await database.ListAsync(
                $"select global_position, id, checksum, body from {_messages} where global_position > $1 order by global_position limit {Page}",
                parameters => parameters.Add(new NpgsqlParameter<long> { TypedValue = after }),
                Checksum,
                cancellationToken,
                isLong: true).ConfigureAwait(false);
            foreach (var (_, finding) in page)
            {
                if (finding is not null)
                    yield return finding;
            }

            if (page.Count < Page)
                yield break;
            after = page[^1].Position;
        }
    }

    private static (long Position, StoreFinding? Finding) Checksum(NpgsqlDataReader reader)
    {
        var position = reader.GetInt64(0);
        if (reader.IsDBNull(2))
            return (position, null);
        var expected = unchecked((uint)reader.GetInt32(2));
        var actual = Storage.Checksum.Compute(reader.GetFieldValue<byte[]>(3));
        return (position, actual == expected ? null : new(StoreProblem.ChecksumMismatch, reader.GetGuid(1).ToString(), $"the body's checksum is {actual:x8}, and {expected:x8} was stored"));
    }

    private ValueTask<List<StoreFinding>> CheckpointsAsync(CancellationToken cancellationToken) => database.ListAsync(
        $"""
        select c.name, c.partition, c.position, h.head from {database.Schema}.checkpoints c cross join (select coalesce(max(global_position), 0) as head from {_messages}) h
        where c.present and c.position > h.head order by c.name, c.partition
        """,
        static _ => { },
        static reader => new StoreFinding(
            StoreProblem.CheckpointBeyondHead, $"{reader.GetString(0)}/{reader.GetInt32(1)}", $"it stands at {reader.GetInt64(2)}, and the log ends at {reader.GetInt64(3)}"),
        cancellationToken,
        isLong: true);

    /// <summary>The id of the stream stands in the snapshot's key behind the first slash.</summary>
    private ValueTask<List<StoreFinding>> SnapshotsAsync(SnapshotCollection snapshots, CancellationToken cancellationToken) => database.ListAsync(
        $"""
        select s.key, s.version, s.stream_version from (
            select d.key, d.version, coalesce((select max(m.position) from {_messages} m where m.stream = $1 || '-' || substr(d.key, strpos(d.key, '/') + 1)), {ExpectedVersion.NoStream}) as stream_version
            from {collections.Get(snapshots.Collection).Table} d
            where d.generation = (select g.number from {database.Schema}.generations g where g.collection = $2 and g.state = 1)) s
        where s.version > s.stream_version + 1 order by s.key
        """,
        parameters =>
        {
            parameters.Add(new NpgsqlParameter<string> { TypedValue = snapshots.Category, NpgsqlDbType = NpgsqlDbType.Text });
            parameters.Add(new NpgsqlParameter<string> { TypedValue = snapshots.Collection, NpgsqlDbType = NpgsqlDbType.Text });
        },
        reader => new StoreFinding(
            StoreProblem.SnapshotAheadOfStream, $"{snapshots.Collection}/{reader.GetString(0)}", $"it holds {reader.GetInt64(1)} messages, and its stream {reader.GetInt64(2) + 1}"),
        cancellationToken,
        isLong: true);
}
