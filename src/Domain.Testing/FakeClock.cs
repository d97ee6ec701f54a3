namespace Protean.Testing;

/// <summary>A clock that stands still until it is told to move. Timers and delays on it fire when it has moved far enough.</summary>
public sealed class FakeClock : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<Timer> _timers = [];
    private DateTimeOffset _now;
    private bool _skipDelays;

    /// <summary>Makes a clock.</summary>
    /// <param name="start">The time it shows first. Default: the first second of 2030, in UTC.</param>
    public FakeClock(DateTimeOffset? start = null) => _now = (start ?? new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero)).ToUniversalTime();

    /// <summary>Whether whoever waits is let through at once, the clock moving on to the end of the wait. Default: no.</summary>
    public bool SkipDelays
    {
        get => _skipDelays;
        set
        {
            _skipDelays = value;
            if (value)
                FireDelays();
        }
    }

    /// <summary>How many timers wait for the clock to move.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
                return _timers.Count;
        }
    }

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
            return _now;
    }

    /// <inheritdoc/>
    public override long GetTimestamp() => GetUtcNow().Ticks;

    /// <summary>Moves the clock on, and fires what falls due on the way, each at its time.</summary>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        MoveTo(GetUtcNow() + by);
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private void MoveTo(DateTimeOffset until)
    {
        while (TakeDue(until) is { } timer)
            timer.Fire();
        lock (_gate)
            _now = until > _now ? until : _now;
    }

    private Timer? TakeDue(DateTimeOffset until)
    {
        lock (_gate)
        {
            var next = _timers.Where(t => t.Due <= until).MinBy(t => t.Due);
            if (next is null)
                return null;
            _now = next.Due > _now ? next.Due : _now;
            if (next.Period > TimeSpan.Zero)
                next.Due += next.Period;
            else
                _timers.Remove(next);
            return next;
        }
    }

    private void Schedule(Timer timer, TimeSpan dueTime, TimeSpan period)
    {
        lock (_gate)
        {
            _timers.Remove(timer);
            if (dueTime == Timeout.InfiniteTimeSpan)
                return;
            timer.Due = _now + dueTime;
            timer.Period = period == Timeout.InfiniteTimeSpan ? TimeSpan.Zero : period;
            _timers.Add(timer);
        }

        // Not on this thread: the caller may hold what the callback needs.
        if (_skipDelays && timer.Period == TimeSpan.Zero)
            ThreadPool.QueueUserWorkItem(static clock => clock.FireDelays(), this, preferLocal: false);
        else if (dueTime == TimeSpan.Zero)
            MoveTo(GetUtcNow());
    }

    /// <summary>Moves on over every wait that ends; a periodic timer never does.</summary>
    private void FireDelays()
    {
        while (NextDelay() is { } due)
            MoveTo(due);
    }

    private DateTimeOffset? NextDelay()
    {
        lock (_gate)
            return _timers.Where(t => t.Period == TimeSpan.Zero).Select(t => (DateTimeOffset?)t.Due).Min();
    }

    private sealed class Timer(FakeClock clock, TimerCallback callback, object? state) : ITimer
    {
        public DateTimeOffset Due { get; set; }

        public TimeSpan Period { get; set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            clock.Schedule(this, dueTime, period);
            return true;
        }

        public void Dispose()
        {
            lock (clock._gate)
                clock._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
