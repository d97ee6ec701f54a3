namespace Protean.Engine;

/// <summary>
/// Counts failures in a row. When there are too many, delivery pauses, and goes on with one message as a probe. A method that has returned has not
/// succeeded before the store has taken what it has left.
/// </summary>
internal sealed class Breaker(int threshold)
{
    private int _failures;
    private int _certain;
    private long _returned = long.MaxValue;

    public int Failures => _failures;

    /// <summary>Whether delivery is to pause before the next message.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Whether the pause is over, and what comes next shows whether it was long enough.</summary>
    public bool IsProbing => threshold > 0 && _failures >= threshold && !IsOpen;

    /// <param name="isCertain">Whether it cannot come to be handled again because others shared its commit.</param>
    public void Failed(bool isCertain)
    {
        _failures++;
        if (isCertain)
            _certain = _failures;
        IsOpen = threshold > 0 && _failures >= threshold;
    }

    /// <summary>A method has returned, and what it has left is on its way to the store.</summary>
    public void Returned(long position)
    {
        _failures = 0;
        IsOpen = false;
        _returned = Math.Min(_returned, position);
    }

    /// <summary>A method has returned, and what it has left is stored.</summary>
    public void Succeeded()
    {
        _failures = 0;
        _certain = 0;
        _returned = long.MaxValue;
        IsOpen = false;
    }

    /// <summary>A commit was refused: what lies behind the committed position is handled again, and counts then.</summary>
    public void Refused(long committed)
    {
        if (_returned <= committed)
            _certain = 0;
        _failures = _certain;
        _returned = long.MaxValue;
        IsOpen = false;
    }

    /// <summary>The pause is over: the next failure opens it again.</summary>
    public void Probe() => IsOpen = false;
}
