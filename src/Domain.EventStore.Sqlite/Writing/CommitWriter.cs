using Protean.EventStore.Sqlite.Connections;
using Protean.EventStore.Sqlite.Documents;
using Protean.EventStore.Sqlite.Log;
using Protean.EventStore.Sqlite.Progress;
using Protean.Storage;

namespace Protean.EventStore.Sqlite.Writing;

/// <summary>Writes commits one after the other, in a transaction that holds the lock for writing.</summary>
internal sealed class CommitWriter(TimeProvider time)
{
    private readonly DocumentWriter _documents = new();

    /// <summary>Writes all of a commit. When it throws, the transaction holds a part of it, which is to be taken back.</summary>
    /// <param name="database">The connection.</param>
    /// <param name="commit">What to write; it was validated before.</param>
    /// <param name="head">The last global position.</param>
    /// <exception cref="CommitRefusedException">Something is not as expected.</exception>
    public CommitResult Write(Database database, Commit commit, long head)
    {
        if (commit.Id is { } known && CommitTable.Find(database, known) is { } before)
            return before;
        var positions = MessageLog.Append(database, commit.Appends, head);
        _documents.Write(database, commit.Generations, commit.Documents);
        WriteProgress(database, commit);
        WriteKeys(database, commit);
        var result = new CommitResult(head, positions.Count == 0 ? 0 : head + 1, head + CountOf(commit.Appends), positions);
        if (commit.Id is { } id)
            CommitTable.Remember(database, id, result, time.GetUtcNow());
        return result;
    }

    private static long CountOf(IReadOnlyList<StreamAppend> appends)
    {
        var count = 0L;
        for (var i = 0; i < appends.Count; i++)
            count += appends[i].Messages.Count;
        return count;
    }

    private static void WriteKeys(Database database, Commit commit)
    {
        for (var i = 0; i < commit.KeyReleases.Count; i++)
            KeyTable.Release(database, commit.KeyReleases[i]);
        for (var i = 0; i < commit.Keys.Count; i++)
            KeyTable.Claim(database, commit.Keys[i]);
        for (var i = 0; i < commit.MarkPurges.Count; i++)
            MarkTable.Purge(database, commit.MarkPurges[i]);
        for (var i = 0; i < commit.Marks.Count; i++)
            MarkTable.Mark(database, commit.Marks[i]);
    }

    private void WriteProgress(Database database, Commit commit)
    {
        for (var i = 0; i < commit.Leases.Count; i++)
            CheckpointTable.Lease(database, commit.Leases[i], time.GetUtcNow());
        for (var i = 0; i < commit.Checkpoints.Count; i++)
            CheckpointTable.Move(database, commit.Checkpoints[i]);
        for (var i = 0; i < commit.FailurePurges.Count; i++)
            FailureTable.Purge(database, commit.FailurePurges[i]);
        for (var i = 0; i < commit.Failures.Count; i++)
            FailureTable.Write(database, commit.Failures[i]);
    }
}
