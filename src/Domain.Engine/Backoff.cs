
namespace Protean.Engine;

/// <summary>Waits after each failure of the store, or of the broker, in a row: 1, 2, 4, 8, 16 and then 30 seconds.</summary>
internal sealed class Backoff(string what, TimeProvider time, EngineLog log)
{
    private const int Longest = 30;

    private int _failures;
    private bool _isBrokerAway;

    /// <summary>Whether the last try has failed.</summary>
    public bool IsFailing => _failures > 0;

    /// <summary>Whether it was the broker that has failed.</summary>
    public bool IsBrokerAway => IsFailing && _isBrokerAway;

    /// <summary>How long to wait after so many failures before this one.</summary>
    public static int SecondsAfter(int failures) => failures >= 5 ? Longest : 1 << failures;

    public void Reset()
    {
        if (_failures == 0)
            return;
        if (_isBrokerAway)
            log.BrokerIsBack(what, _failures);
        else
            log.StoreIsBack(what, _failures);
        _failures = 0;
    }

    public Task WaitAsync(Exception error, CancellationToken cancellationToken)
    {
        var seconds = SecondsAfter(_failures++);
        _isBrokerAway = error is BrokerAwayException;
        if (_isBrokerAway)
            log.BrokerFailed(error.InnerException!, what, seconds);
        else
            log.StoreFailed(error, what, seconds);
        return Task.Delay(TimeSpan.FromSeconds(seconds), time, cancellationToken);
    }
}
