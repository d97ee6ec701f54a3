using Polly.CircuitBreaker;

namespace Protean;

/// <summary>
/// Counts the failures of a handler one after the other, and calls it no more for a while when there are too many. After that one call is a trial: it says
/// whether the others are let through. What is cancelled, or fails with an error that does not count, says nothing.
/// </summary>
internal sealed class Circuit(HandlerGuard guard, BreakerSettings settings, Domain domain)
{
    private readonly Lock _gate = new();
    private readonly Queue<long> _failures = new();
    private long _brokenSince;
    private bool _isBroken;
    private bool _isTried;

    /// <exception cref="BrokenCircuitException">The handler is not to be called now.</exception>
    public void Enter()
    {
        lock (_gate)
        {
            if (!_isBroken)
                return;
            var left = settings.BreakFor - domain.Time.GetElapsedTime(_brokenSince);
            if (_isTried || left > TimeSpan.Zero)
            {
                throw new BrokenCircuitException(
                    $"{guard.Handler} is not called for {guard.Message} now: too many of its calls have failed one after the other.", left > TimeSpan.Zero ? left : TimeSpan.Zero);
            }

            _isTried = true;
        }
    }

    public void Succeeded()
    {
        lock (_gate)
        {
            _failures.Clear();
            _isTried = false;
            if (!_isBroken)
                return;
            _isBroken = false;
        }

        domain.Log.CircuitClosed(guard.Handler, guard.Message);
    }

    /// <summary>Lets the others through if this call is the trial: it works so far, and may go on for long.</summary>
    public void Works()
    {
        lock (_gate)
        {
            if (!_isTried)
                return;
        }

        Succeeded();
    }

    /// <param name="error">What the call failed with.</param>
    /// <param name="cancellationToken">The token of the call.</param>
    public void Failed(Exception error, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var wasTrial = _isTried;
            _isTried = false;
            if (!guard.Counts(error, cancellationToken))
                return;
            var now = domain.Time.GetTimestamp();
            _failures.Enqueue(now);
            while (_failures.Count > settings.Failures || domain.Time.GetElapsedTime(_failures.Peek(), now) > settings.Within)
                _failures.Dequeue();
            if (!wasTrial && (_isBroken || _failures.Count < settings.Failures))
                return;
            _isBroken = true;
            _brokenSince = now;
        }

        domain.Log.CircuitOpened(error, guard.Handler, guard.Message, settings.BreakFor);
    }
}
