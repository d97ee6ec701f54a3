using Protean.EventStore.Sqlite.Connections;
using Protean.EventStore.Sqlite.Documents;
using Protean.Storage;
using Protean.Storage.InMemory;

namespace Protean.EventStore.Sqlite.Log;

/// <summary>Looks through the file for what cannot be right, row by row, in one transaction that only reads.</summary>
internal sealed class Verification(Database database, IReadOnlyList<SnapshotCollection> snapshots, CancellationToken cancellationToken)
{
    // Each runs through an index when it is sound; when it is missing, SQLite sorts instead.
    private const string Positions = "SELECT stream, position FROM protean_messages ORDER BY stream, position";
    private const string Ids = "SELECT id, global_position FROM protean_messages ORDER BY id, global_position";
    private const string Bodies = "SELECT id, checksum, body FROM protean_messages WHERE checksum IS NOT NULL ORDER BY global_position";
    private const string Checkpoints = "SELECT name, partition, position FROM protean_checkpoints WHERE position > ? ORDER BY name, partition";

    public IEnumerable<StoreFinding> Findings()
    {
        ArgumentNullException.ThrowIfNull(snapshots);
        database.Execute("BEGIN");
        try
        {
            foreach (var finding in Gaps().Concat(Duplicates()).Concat(Checksums()).Concat(CheckpointsBeyondHead()).Concat(snapshots.SelectMany(SnapshotsAhead)))
                yield return finding;
        }
        finally
        {
            database.RollBack();
        }
    }

    private IEnumerable<StoreFinding> Gaps()
    {
        using var row = database.Use(Positions);
        var (stream, last) = ("", 0L);
        while (Step(row))
        {
            var position = row.Number(1);
            if (stream.Length == 0 || !row.Bytes(0).SequenceEqual(System.Text.Encoding.UTF8.GetBytes(stream)))
                stream = row.Text(0);
            else if (position != last + 1)
                yield return new(StoreProblem.StreamGap, stream, $"position {position} follows {last}");
            last = position;
        }
    }

    private IEnumerable<StoreFinding> Duplicates()
    {
        using var row = database.Use(Ids);
        var last = Guid.Empty;
        while (Step(row))
        {
            var id = row.Id(0);
            if (id == last)
                yield return new(StoreProblem.DuplicateMessageId, id.ToString(), $"it stands at global position {row.Number(1)}, and before");
            last = id;
        }
    }

    private IEnumerable<StoreFinding> Checksums()
    {
        using var row = database.Use(Bodies);
        while (Step(row))
        {
            var (expected, actual) = ((uint)row.Number(1), Checksum.Compute(row.Bytes(2)));
            if (actual != expected)
                yield return new(StoreProblem.ChecksumMismatch, row.Id(0).ToString(), $"the body's checksum is {actual:x8}, and {expected:x8} was stored");
        }
    }

    private IEnumerable<StoreFinding> CheckpointsBeyondHead()
    {
        var head = MessageLog.Head(database);
        using var row = database.Use(Checkpoints).With(head);
        while (Step(row))
            yield return new(StoreProblem.CheckpointBeyondHead, $"{row.Text(0)}/{row.Number(1)}", $"it stands at {row.Number(2)}, and the log ends at {head}");
    }

    private IEnumerable<StoreFinding> SnapshotsAhead(SnapshotCollection snapshot)
    {
        var collection = Catalog.Of(database).Get(snapshot.Collection);
        using var row = database.Use($"SELECT key, version FROM {collection.Table} WHERE {GenerationTable.Selection(collection.Id, parameter: null)}");
        while (Step(row))
        {
            var (key, held) = (row.Text(0), row.Number(1));
            var version = StoredSnapshot.StreamOf(snapshot.Category, key) is { } stream ? MessageLog.Stream(database, stream).Version : ExpectedVersion.NoStream;
            if (held > version + 1)
                yield return new(StoreProblem.SnapshotAheadOfStream, $"{snapshot.Collection}/{key}", $"it holds {held} messages, and its stream {version + 1}");
        }
    }

    private bool Step(Statement row)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return row.Step();
    }
}
