namespace Protean;

/// <summary>Counts what is going on, so that a stop can wait for its end. Nothing begins after it has closed.</summary>
internal sealed class BusLoad
{
    // Far below zero once closed, wherever those who are still leaving take it.
    private const long Closed = long.MinValue / 2;

    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _state;
    private long _queued;
    private volatile bool _isEnding;

    public bool IsClosed => Volatile.Read(ref _state) < 0;

    /// <summary>How many events wait in queues.</summary>
    public long Queued => Volatile.Read(ref _queued);

    /// <summary>How many publications and events in queues there are.</summary>
    public long Count => Volatile.Read(ref _state) is var state && state < 0 ? state - Closed : state;

    /// <summary>Begins something, unless the bus has stopped.</summary>
    public bool TryBegin()
    {
        if (Interlocked.Increment(ref _state) > 0)
            return true;
        Interlocked.Decrement(ref _state);
        return false;
    }

    public void End()
    {
        if (Interlocked.Decrement(ref _state) == 0 && _isEnding)
            CloseIfIdle();
    }

    public void Enqueued() => Interlocked.Increment(ref _queued);

    public void Dequeued() => Interlocked.Decrement(ref _queued);

    /// <summary>Closes at the first moment at which nothing goes on.</summary>
    public Task CloseWhenIdleAsync()
    {
        _isEnding = true;
        CloseIfIdle();
        return _idle.Task;
    }

    /// <summary>Closes, whatever goes on.</summary>
    public void Close()
    {
        for (var state = Volatile.Read(ref _state); state >= 0; state = Volatile.Read(ref _state))
            Interlocked.CompareExchange(ref _state, state + Closed, state);
    }

    private void CloseIfIdle()
    {
        if (Interlocked.CompareExchange(ref _state, Closed, 0) is 0 or < 0)
            _idle.TrySetResult();
    }
}
