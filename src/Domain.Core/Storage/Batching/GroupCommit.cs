namespace Protean.Storage.Batching;

/// <summary>
/// Gathers the commits of many callers into batches: whatever waits when a writer is free goes to it as one batch, while the next one gathers.
/// A caller who finds a writer free and nobody waiting writes at once, on its own thread, so that a lone commit waits for nobody.
/// </summary>
internal sealed class GroupCommit : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly BatchRules _rules;
    private readonly Type _store;
    private readonly IReadOnlyList<IBatchWriter> _writers;
    private readonly Stack<IBatchWriter> _idle;
    private readonly SemaphoreSlim _room;
    private readonly CommitRows _rows = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private PendingCommit? _first;
    private PendingCommit? _last;
    private bool _closed;

    public GroupCommit(Type store, IReadOnlyList<IBatchWriter> writers, BatchRules rules)
    {
        _store = store;
        _writers = writers;
        _idle = new(writers);
        _rules = rules;
        _room = new(rules.Capacity, rules.Capacity);
    }

    /// <summary>Takes a commit that was checked before.</summary>
    public ValueTask<CommitResult> CommitAsync(Commit commit, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<CommitResult>(cancellationToken);
        var pending = new PendingCommit(commit);
        return _room.Wait(0, CancellationToken.None)
            ? StartAsync(pending, cancellationToken)
            : WaitForRoomAsync(pending, cancellationToken);
    }

    /// <summary>Takes nothing new, writes what waits and closes the writers.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _closed = true;
            if (_idle.Count == _writers.Count)
                _drained.TrySetResult();
        }

        await _drained.Task.ConfigureAwait(false);
        foreach (var writer in _writers)
            await writer.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask<CommitResult> WaitForRoomAsync(PendingCommit pending, CancellationToken cancellationToken)
    {
        await _room.WaitAsync(cancellationToken).ConfigureAwait(false);
        return await StartAsync(pending, cancellationToken).ConfigureAwait(false);
    }

    private ValueTask<CommitResult> StartAsync(PendingCommit pending, CancellationToken cancellationToken)
    {
        IBatchWriter? writer;
        lock (_gate)
        {
            if (_closed)
                _room.Release();
            ObjectDisposedException.ThrowIf(_closed, _store);

            if (_first is not null || !_idle.TryPop(out writer))
            {
                Enqueue(pending);
                writer = null;
            }
        }

        if (writer is null)
            return cancellationToken.CanBeCanceled ? WaitAsync(pending, cancellationToken) : new(pending.Task);
        pending.TrySeal();
        _room.Release();
        return LeadAsync(writer, pending);
    }

    private async ValueTask<CommitResult> LeadAsync(IBatchWriter writer, PendingCommit pending)
    {
        await WriteAsync(writer, [pending]).ConfigureAwait(false);
        if (!Release(writer))
            ThreadPool.UnsafeQueueUserWorkItem(static state => _ = state.Commits.DrainAsync(state.Writer), (Commits: this, Writer: writer), preferLocal: false);
        return await pending.Task.ConfigureAwait(false);
    }

    private static async ValueTask<CommitResult> WaitAsync(PendingCommit pending, CancellationToken cancellationToken)
    {
        await using var registration = cancellationToken.UnsafeRegister(
            static (state, token) => ((PendingCommit)state!).TryCancel(token), pending).ConfigureAwait(false);
        return await pending.Task.ConfigureAwait(false);
    }

    /// <summary>Writes batch after batch until nothing waits.</summary>
    private async Task DrainAsync(IBatchWriter writer)
    {
        do
        {
            if (NextBatch() is { Count: > 0 } batch)
                await WriteAsync(writer, batch).ConfigureAwait(false);
        }
        while (!Release(writer));
    }

    private static async ValueTask WriteAsync(IBatchWriter writer, List<PendingCommit> batch)
    {
        try
        {
            await writer.WriteAsync(batch).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            // A writer completes its members itself; whatever it missed must not leave a caller waiting for ever.
            foreach (var pending in batch)
                pending.TrySetException(error);
        }
    }

    /// <returns>Whether nothing waits, so that the writer is idle now.</returns>
    private bool Release(IBatchWriter writer)
    {
        lock (_gate)
        {
            if (_first is not null)
                return false;
            _idle.Push(writer);
            if (_closed && _idle.Count == _writers.Count)
                _drained.TrySetResult();
            return true;
        }
    }

    private void Enqueue(PendingCommit pending)
    {
        if (_last is null)
            _first = pending;
        else
            _last.Next = pending;
        _last = pending;
    }

    private List<PendingCommit> NextBatch()
    {
        var batch = new List<PendingCommit>();
        lock (_gate)
        {
            _rows.Clear();
            var bytes = 0L;
            var looked = 0;
            PendingCommit? before = null;
            // Those that must wait keep their places, so that none of them is passed over for ever.
            for (var pending = _first; pending is not null && batch.Count < _rules.MaxCommits && looked < 2 * _rules.MaxCommits; looked++)
            {
                var next = pending.Next;
                var alone = CommitRows.GoesAlone(pending.Commit);
                if (batch.Count > 0 && (alone || bytes + pending.Bytes > _rules.MaxBytes))
                    break;
                if (!_rules.SharesRows && !_rows.TryAdd(pending.Commit))
                {
                    before = pending;
                    pending = next;
                    continue;
                }

                Remove(pending, before);
                if (pending.TrySeal())
                {
                    batch.Add(pending);
                    bytes += pending.Bytes;
                    if (alone)
                        break;
                }

                pending = next;
            }
        }

        return batch;
    }

    private void Remove(PendingCommit pending, PendingCommit? before)
    {
        if (before is null)
            _first = pending.Next;
        else
            before.Next = pending.Next;
        if (_last == pending)
            _last = before;
        pending.Next = null;
        _room.Release();
    }
}
