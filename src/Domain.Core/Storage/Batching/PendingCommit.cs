namespace Protean.Storage.Batching;

/// <summary>A commit on its way into a store, and the promise of its outcome.</summary>
internal sealed class PendingCommit(Commit commit) : IThreadPoolWorkItem
{
    private const int Waiting = 0;
    private const int Sealed = 1;
    private const int Cancelled = 2;
    private readonly TaskCompletionSource<CommitResult> _outcome = new();
    private CommitResult _result;
    private Exception? _error;
    private CancellationToken _cancellation;
    private int _state;
    private int _isDecided;

    public Commit Commit { get; } = commit;

    /// <summary>What flows with the caller, for the user's work of the commit: that can run on the thread of another.</summary>
    public ExecutionContext? Caller { get; } = commit.UserWork.Count > 0 ? ExecutionContext.Capture() : null;

    /// <summary>About how much there is to write.</summary>
    public long Bytes { get; } = SizeOf(commit);

    public Task<CommitResult> Task => _outcome.Task;

    /// <summary>Whether its caller is the one who writes the batch, and so does not wait for the outcome yet.</summary>
    public bool IsLed { get; set; }

    internal PendingCommit? Next { get; set; }

    /// <summary>Takes it into a batch: from here on the caller waits for the outcome, whatever happens to its cancellation token.</summary>
    /// <returns>Whether it is still wanted.</returns>
    public bool TrySeal() => Interlocked.CompareExchange(ref _state, Sealed, Waiting) == Waiting;

    /// <summary>Gives it up, unless it is in a batch already.</summary>
    public void TryCancel(CancellationToken cancellationToken)
    {
        if (Interlocked.CompareExchange(ref _state, Cancelled, Waiting) == Waiting)
        {
            _cancellation = cancellationToken;
            Announce();
        }
    }

    /// <summary>Says that it was written, unless its outcome is known already.</summary>
    public void TrySucceed(CommitResult result)
    {
        if (Interlocked.Exchange(ref _isDecided, 1) != 0)
            return;
        _result = result;
        Announce();
    }

    /// <summary>Says that it was not written, unless its outcome is known already.</summary>
    public void TryFail(Exception error)
    {
        if (Interlocked.Exchange(ref _isDecided, 1) != 0)
            return;
        _error = error;
        Announce();
    }

    /// <summary>Goes on with the caller.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        if (_error is not null)
            _outcome.SetException(_error);
        else if (_state == Cancelled)
            _outcome.SetCanceled(_cancellation);
        else
            _outcome.SetResult(_result);
    }

    // Callers go on in work items of their own, in the order of the batch and before anything that is queued after them.
    private void Announce()
    {
        if (IsLed)
            ((IThreadPoolWorkItem)this).Execute();
        else
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
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
        return size + (row * (commit.Checkpoints.Count + commit.Leases.Count + commit.Failures.Count + commit.Marks.Count + commit.MarkPurges.Count));
    }
}
