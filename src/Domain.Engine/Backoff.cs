
namespace Protean.Engine;

/// <summary>Waits after each failure of the store in a row: 1, 2, 4, 8, 16 and then 30 seconds.</summary>
internal sealed class Backoff(string what, TimeProvider time, EngineLog log)
{
    private const int Longest = 30;

    private int _failures;

    /// <summary>Whether the last try has failed.</summary>
    public bool IsFailing => _failures > 0;

    public void Reset()
    {
        if (_failures == 0)
            return;
        log.StoreIsBack(what, _failures);
        _failures = 0;
    }

    public Task WaitAsync(Exception error, CancellationToken cancellationToken)
    {
        var seconds = _failures >= 5 ? Longest : 1 << _failures;
        _failures++;
        log.StoreFailed(error, what, seconds);
        return Task.Delay(TimeSpan.FromSeconds(seconds), time, cancellationToken);
    }
}
