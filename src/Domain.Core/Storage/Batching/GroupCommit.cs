namespace Protean.Storage.Batching;

/// <summary>
/// Gathers the commits of many callers into batches: whatever waits when a batch is written goes out as the next one, while another gathers. A caller
/// who finds nothing being written writes at once, on its own thread, so that a lone commit waits for nobody. Writers take turns in the store, so a
/// second one pays only when it can prepare much while the first is being written: it starts once as many wait as that one has.
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
    private readonly List<PendingCommit[]> _underway = [];
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private PendingCommit? _first;
    private PendingCommit? _last;
    private int _waiting;
    private int _beingWritten;
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
        IBatchWriter? writer = null;
        PendingCommit[]? batch = null;
        lock (_gate)
        {
            if (_closed)
                _room.Release();
            ObjectDisposedException.ThrowIf(_closed, _store);

            Enqueue(pending);
            if (_idle.TryPeek(out writer) && (batch = TakeBatch()) is not null)
                _idle.Pop();
        }

        return batch is null ? WaitAsync(pending, cancellationToken) : LeadAsync(writer!, batch, pending, cancellationToken);
    }

    /// <summary>Writes a batch on the thread of the caller whose commit has filled it.</summary>
    private async ValueTask<CommitResult> LeadAsync(IBatchWriter writer, PendingCommit[] batch, PendingCommit pending, CancellationToken cancellationToken)
    {
        pending.IsLed = batch[^1] == pending;
        await WriteAsync(writer, batch).ConfigureAwait(false);
        if (!TryRest(writer, batch))
            ThreadPool.UnsafeQueueUserWorkItem(static state => _ = state.Commits.GoOnAsync(state.Writer, state.Written), (Commits: this, Writer: writer, Written: batch), preferLocal: false);
        return await WaitAsync(pending, cancellationToken).ConfigureAwait(false);
    }

    private static ValueTask<CommitResult> WaitAsync(PendingCommit pending, CancellationToken cancellationToken) =>
        !cancellationToken.CanBeCanceled || pending.Task.IsCompleted ? new(pending.Task) : WaitCancellablyAsync(pending, cancellationToken);

    private static async ValueTask<CommitResult> WaitCancellablyAsync(PendingCommit pending, CancellationToken cancellationToken)
    {
        await using var registration = cancellationToken.UnsafeRegister(
            static (state, token) => ((PendingCommit)state!).TryCancel(token), pending).ConfigureAwait(false);
        return await pending.Task.ConfigureAwait(false);
    }

    /// <summary>Writes batch after batch until none is worth it.</summary>
    private async Task GoOnAsync(IBatchWriter writer, PendingCommit[] written)
    {
        for (var batch = Next(writer, written); batch is not null; batch = Next(writer, batch))
        {
            await WriteAsync(writer, batch).ConfigureAwait(false);
            // Goes to the end of the pool's queue, behind the callers that were just answered: what they commit next can go into the next batch.
            await Task.Yield();
        }
    }

    private static async ValueTask WriteAsync(IBatchWriter writer, PendingCommit[] batch)
    {
        try
        {
            await writer.WriteAsync(batch).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            // A writer completes its members itself; whatever it missed must not leave a caller waiting for ever.
            foreach (var pending in batch)
                pending.TryFail(error);
        }
    }

    /// <returns>Whether the writer is idle, since nobody else waits or has been answered.</returns>
    private bool TryRest(IBatchWriter writer, PendingCommit[] written)
    {
        lock (_gate)
        {
            if (_waiting > 0 || written.Length > 1)
                return false;
            End(written);
            Rest(writer);
            return true;
        }
    }

    /// <summary>Takes note that a batch has been written.</summary>
    /// <returns>The next batch for the writer; nothing if it is idle now.</returns>
    private PendingCommit[]? Next(IBatchWriter writer, PendingCommit[] written)
    {
        lock (_gate)
        {
            End(written);
            if (TakeBatch() is { } next)
                return next;
            Rest(writer);
            return null;
        }
    }

    private void End(PendingCommit[] written)
    {
        _underway.Remove(written);
        _beingWritten -= written.Length;
    }

    private void Rest(IBatchWriter writer)
    {
        _idle.Push(writer);
        if (_closed && _idle.Count == _writers.Count)
            _drained.TrySetResult();
    }

    /// <returns>A batch of what waits, if it is worth one now.</returns>
    private PendingCommit[]? TakeBatch()
    {
        while (_waiting > 0 && (_beingWritten == 0 || _waiting >= Math.Max(_rules.Overlap, _beingWritten)))
        {
            if (NextBatch() is { Length: > 0 } batch)
            {
                _underway.Add(batch);
                _beingWritten += batch.Length;
                return batch;
            }

            // Of those that were looked at, all have been cancelled, or wait for rows that are being written.
            if (_beingWritten > 0)
                return null;
        }

        return null;
    }

    private void Enqueue(PendingCommit pending)
    {
        if (_last is null)
            _first = pending;
        else
            _last.Next = pending;
        _last = pending;
        _waiting++;
    }

    private PendingCommit[] NextBatch()
    {
        var batch = new List<PendingCommit>(Math.Min(_waiting, _rules.MaxCommits));
        var mayShareRows = _rules.SharesRows || (_waiting == 1 && _beingWritten == 0);
        _rows.Clear();
        if (!mayShareRows)
            AddRowsUnderway();
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
            if (!mayShareRows && !_rows.TryAdd(pending.Commit))
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

        return [.. batch];
    }

    /// <summary>Who comes later to a row waits until it has been written: which of two batches reaches the store first, nobody knows.</summary>
    private void AddRowsUnderway()
    {
        foreach (var batch in _underway)
        {
            foreach (var pending in batch)
                _rows.TryAdd(pending.Commit);
        }
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
        _waiting--;
        _room.Release();
    }
}
