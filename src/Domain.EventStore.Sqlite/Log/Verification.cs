using Protean.EventStore.Sqlite.Connections;
using Protean.EventStore.Sqlite.Documents;
using Protean.Storage;
using Protean.Storage.InMemory;

namespace Protean.EventStore.Sqlite.Log;

/// <summary>What one page of the file has shown, and how to read the next one; nothing after the last.</summary>
internal readonly record struct VerificationPage(IReadOnlyList<StoreFinding> Findings, Func<Database, VerificationPage>? Next);

/// <summary>
/// Looks through the file for what cannot be right. Each page is read in a transaction of its own: one that lasted as long as the consumer takes
/// would keep the write-ahead log from being begun anew. What changes between two pages is no finding.
/// </summary>
internal static class Verification
{
    private const int PageSize = 1_000;

    // Each runs through an index when it is sound; when it is missing, SQLite sorts instead.
    private const string Positions =
        "SELECT stream, position, global_position FROM protean_messages WHERE (stream, position, global_position) > (?, ?, ?) ORDER BY stream, position, global_position LIMIT ?";

    private const string Before =
        "SELECT position FROM protean_messages WHERE stream = ? AND (position, global_position) < (?, ?) ORDER BY position DESC, global_position DESC LIMIT 1";

    private const string Kind = "SELECT kind FROM protean_messages WHERE global_position = ?";
    private const string Ids = "SELECT id, global_position FROM protean_messages WHERE (id, global_position) > (?, ?) ORDER BY id, global_position LIMIT ?";
    private const string Bodies = "SELECT global_position, id, checksum, body FROM protean_messages WHERE global_position > ? AND checksum IS NOT NULL ORDER BY global_position LIMIT ?";
    private const string Checkpoints = "SELECT name, partition, position FROM protean_checkpoints WHERE position > ? ORDER BY name, partition";

    /// <summary>The first page of each thing that is looked for.</summary>
    public static IEnumerable<Func<Database, VerificationPage>> Beginnings(IReadOnlyList<SnapshotCollection> snapshots) =>
    [
        static database => Gaps(database, "", -1, 0),
        static database => Duplicates(database, null, 0),
        static database => Checksums(database, 0),
        CheckpointsBeyondHead,
        .. snapshots.Select(snapshot => (Func<Database, VerificationPage>)(database => SnapshotsAhead(database, snapshot, ""))),
    ];

    private static VerificationPage Gaps(Database database, string stream, long position, long globalPosition)
    {
        using var transaction = database.BeginRead();
        using var row = database.Use(Positions).With(stream).With(position).With(globalPosition).With(PageSize);
        var findings = new List<StoreFinding>();
        byte[] name = [];
        var count = 0;
        for (; row.Step(); count++)
        {
            var isSame = row.Bytes(0).SequenceEqual(name);
            if (!isSame)
                (name, stream) = (row.Bytes(0).ToArray(), row.Text(0));
            // What stood before the first row of a page may have been truncated since the page before was read.
            var goesOn = count > 0 && row.Number(1) == (isSame ? position + 1 : 0);
            (position, globalPosition) = (row.Number(1), row.Number(2));
            if (!goesOn && Gap(database, stream, position, globalPosition) is { } gap)
                findings.Add(gap);
        }

        return new(findings, count < PageSize ? null : next => Gaps(next, stream, position, globalPosition));
    }

    private static StoreFinding? Gap(Database database, string stream, long position, long globalPosition)
    {
        if (database.Use(Before).With(stream).With(position).With(globalPosition).Scalar() is { } last)
            return position == last + 1 ? null : new(StoreProblem.StreamGap, stream, $"position {position} follows {last}");
        return position == 0 || database.Use(Kind).With(globalPosition).Scalar() == (long)MessageKind.Baseline
            ? null
            : new(StoreProblem.StreamGap, stream, $"it begins at position {position}, and not with a baseline");
    }

    private static VerificationPage Duplicates(Database database, Guid? last, long globalPosition)
    {
        using var transaction = database.BeginRead();
        using var row = database.Use(Ids).With(last ?? Guid.Empty).With(globalPosition).With(PageSize);
        var findings = new List<StoreFinding>();
        var count = 0;
        for (; row.Step(); count++)
        {
            var id = row.Id(0);
            globalPosition = row.Number(1);
            if (id == last)
                findings.Add(new(StoreProblem.DuplicateMessageId, id.ToString(), $"it stands at global position {globalPosition}, and before"));
            last = id;
        }

        return new(findings, count < PageSize ? null : next => Duplicates(next, last, globalPosition));
    }

    private static VerificationPage Checksums(Database database, long globalPosition)
    {
        using var row = database.Use(Bodies).With(globalPosition).With(PageSize);
        var findings = new List<StoreFinding>();
        var count = 0;
        for (; row.Step(); count++)
        {
            globalPosition = row.Number(0);
            var (expected, actual) = ((uint)row.Number(2), Checksum.Compute(row.Bytes(3)));
            if (actual != expected)
                findings.Add(new(StoreProblem.ChecksumMismatch, row.Id(1).ToString(), $"the body's checksum is {actual:x8}, and {expected:x8} was stored"));
        }

        return new(findings, count < PageSize ? null : next => Checksums(next, globalPosition));
    }

    private static VerificationPage CheckpointsBeyondHead(Database database)
    {
        using var transaction = database.BeginRead();
        var head = MessageLog.Head(database);
        using var row = database.Use(Checkpoints).With(head);
        var findings = new List<StoreFinding>();
        while (row.Step())
            findings.Add(new(StoreProblem.CheckpointBeyondHead, $"{row.Text(0)}/{row.Number(1)}", $"it stands at {row.Number(2)}, and the log ends at {head}"));
        return new(findings, null);
    }

    private static VerificationPage SnapshotsAhead(Database database, SnapshotCollection snapshot, string key)
    {
        using var transaction = database.BeginRead();
        var collection = Catalog.Of(database).Get(snapshot.Collection);
        using var row = database.Use($"SELECT key, version FROM {collection.Table} WHERE {GenerationTable.Selection(collection.Id, parameter: null)} AND key > ? ORDER BY key LIMIT ?")
            .With(key).With(PageSize);
        var findings = new List<StoreFinding>();
        var count = 0;
        for (; row.Step(); count++)
        {
            (key, var held) = (row.Text(0), row.Number(1));
            var version = StoredSnapshot.StreamOf(snapshot.Category, key) is { } stream ? MessageLog.Stream(database, stream).Version : ExpectedVersion.NoStream;
            if (held > version + 1)
                findings.Add(new(StoreProblem.SnapshotAheadOfStream, $"{snapshot.Collection}/{key}", $"it holds {held} messages, and its stream {version + 1}"));
        }

        return new(findings, count < PageSize ? null : next => SnapshotsAhead(next, snapshot, key));
    }
}
