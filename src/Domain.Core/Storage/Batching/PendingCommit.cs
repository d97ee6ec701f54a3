namespace Protean.Storage.Batching;

/// <summary>A commit on its way into a store, and the promise of its outcome.</summary>
internal sealed class PendingCommit(Commit commit) : TaskCompletionSource<CommitResult>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    private const int Waiting = 0;
    private const int Sealed = 1;
    private const int Cancelled = 2;
    private int _state;

    public Commit Commit { get; } = commit;

    /// <summary>About how much there is to write.</summary>
    public long Bytes { get; } = SizeOf(commit);

    internal PendingCommit? Next { get; set; }

    /// <summary>Takes it into a batch: from here on the caller waits for the outcome, whatever happens to its cancellation token.</summary>
    /// <returns>Whether it is still wanted.</returns>
    public bool TrySeal() => Interlocked.CompareExchange(ref _state, Sealed, Waiting) == Waiting;

    /// <summary>Gives it up, unless it is in a batch already.</summary>
    public void TryCancel(CancellationToken cancellationToken)
    {
        if (Interlocked.CompareExchange(ref _state, Cancelled, Waiting) == Waiting)
            TrySetCanceled(cancellationToken);
    }

    private static long SizeOf(Commit commit)
    {
        const int row = 200;
        var size = 0L;
        for (var i = 0; i < commit.Appends.Count; i++)
        {
            var messages = commit.Appends[i].Messages;
            for (var m = 0; m < messages.Count; m++)
                size += messages[m].Body.Length + row;
        }

        for (var i = 0; i < commit.Documents.Count; i++)
            size += (commit.Documents[i].Body?.Length ?? 0) + row;
        for (var i = 0; i < commit.Keys.Count; i++)
            size += commit.Keys[i].Outcome.Length + row;
        return size + (row * (commit.Checkpoints.Count + commit.Leases.Count + commit.Failures.Count + commit.Marks.Count));
    }
}
