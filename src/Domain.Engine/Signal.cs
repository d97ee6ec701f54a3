namespace Protean.Engine;

/// <summary>Wakes whoever waits, or the next one who will.</summary>
internal sealed class Signal
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Set()
    {
        lock (_gate)
            _next.TrySetResult();
    }

    public Task WaitAsync()
    {
        lock (_gate)
            return _next.Task;
    }

    /// <summary>Forgets what was signalled so far. To be called before looking for what it stands for.</summary>
    public void Reset()
    {
        lock (_gate)
        {
            if (_next.Task.IsCompleted)
                _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
