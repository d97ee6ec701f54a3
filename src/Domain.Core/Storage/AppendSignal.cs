namespace Protean.Storage;

/// <summary>Wakes those who wait for the log to grow.</summary>
internal sealed class AppendSignal(Type store)
{
    private readonly Lock _gate = new();
    private readonly HashSet<Waiter> _waiters = [];
    private long _head;
    private bool _closed;

    /// <summary>The highest head that is known.</summary>
    public long Head
    {
        get
        {
            lock (_gate)
                return _head;
        }
    }

    /// <summary>How many are waiting.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
                return _waiters.Count;
        }
    }

    public ValueTask<long> WaitAsync(long after, CancellationToken cancellationToken)
    {
        var waiter = new Waiter(this, after);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, store);
            if (_head > after)
                return new(_head);
            _waiters.Add(waiter);
        }

        return new(waiter.WaitAsync(cancellationToken));
    }

    public void Advance(long head)
    {
        List<Waiter>? woken = null;
        lock (_gate)
        {
            if (head <= _head)
                return;
            _head = head;
            if (_waiters.Count == 0)
                return;
            foreach (var waiter in _waiters)
            {
                if (waiter.After < head)
                    (woken ??= []).Add(waiter);
            }

            foreach (var waiter in woken ?? [])
                _waiters.Remove(waiter);
        }

        foreach (var waiter in woken ?? [])
            waiter.TrySetResult(head);
    }

    /// <summary>Tells those who wait that nobody can see any more whether the log grows. Whoever waits again begins anew.</summary>
    public void Fail(Exception error) => End(error, isClosed: false);

    public void Close() => End(new ObjectDisposedException(store.FullName), isClosed: true);

    private void End(Exception error, bool isClosed)
    {
        Waiter[] ended;
        lock (_gate)
        {
            _closed |= isClosed;
            ended = [.. _waiters];
            _waiters.Clear();
        }

        foreach (var waiter in ended)
            waiter.TrySetException(error);
    }

    private void Remove(Waiter waiter)
    {
        lock (_gate)
            _waiters.Remove(waiter);
    }

    private sealed class Waiter(AppendSignal signal, long after)
        : TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public long After { get; } = after;

        public async Task<long> WaitAsync(CancellationToken cancellationToken)
        {
            await using var registration = cancellationToken.UnsafeRegister(
                static (state, token) => ((Waiter)state!).Cancel(token), this).ConfigureAwait(false);
            return await Task.ConfigureAwait(false);
        }

        private void Cancel(CancellationToken cancellationToken)
        {
            signal.Remove(this);
            TrySetCanceled(cancellationToken);
        }
    }
}
