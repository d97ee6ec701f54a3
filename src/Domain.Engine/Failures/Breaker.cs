namespace Protean.Engine;

/// <summary>Counts failures in a row. When there are too many, delivery pauses, and goes on with one message as a probe.</summary>
internal sealed class Breaker(int threshold)
{
    private int _failures;

    public int Failures => _failures;

    /// <summary>Whether delivery is to pause before the next message.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Whether the pause is over, and what comes next shows whether it was long enough.</summary>
    public bool IsProbing => threshold > 0 && _failures >= threshold && !IsOpen;

    public void Failed()
    {
        _failures++;
        IsOpen = threshold > 0 && _failures >= threshold;
    }

    public void Succeeded()
    {
        _failures = 0;
        IsOpen = false;
    }

    /// <summary>The pause is over: the next failure opens it again.</summary>
    public void Probe() => IsOpen = false;
}
