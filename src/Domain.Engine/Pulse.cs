namespace Protean.Engine;

/// <summary>Wakes everybody who waits now. Whoever wants to miss none takes the wait before looking at what it stands for.</summary>
internal sealed class Pulse
{
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isAwaited;

    public Task NextAsync()
    {
        var next = Volatile.Read(ref _next).Task;
        _isAwaited = true;
        Interlocked.MemoryBarrier();
        return next;
    }

    /// <summary>Costs next to nothing while nobody waits.</summary>
    public void Send()
    {
        // Either this sees who waits, or who waits sees what this stands for.
        Interlocked.MemoryBarrier();
        if (!_isAwaited)
            return;
        _isAwaited = false;
        Interlocked.Exchange(ref _next, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }
}
