namespace Protean.Testing;

/// <summary>A clock that stands still until it is told to move. Timers and delays on it fire when it has moved far enough.</summary>
/// <remarks>What falls due fires on the thread that moves the clock, before <see cref="Advance"/> returns.</remarks>
public sealed class FakeClock : TimeProvider
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    private readonly Lock _gate = new();
    private readonly List<Timer> _timers = [];
    private DateTimeOffset _now;
    private DateTimeOffset _advancedTo;
    private volatile bool _skipDelays;

    /// <summary>Makes a clock.</summary>
    /// <param name="start">The time it shows first. Default: the first second of 2030, in UTC.</param>
    public FakeClock(DateTimeOffset? start = null) => _now = (start ?? new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero)).ToUniversalTime();

    /// <summary>
    /// Whether whoever waits is let through at once, the clock moving on to the end of the wait. Default: no. Periodic timers and the
    /// limits of a <see cref="CancellationTokenSource"/> are no waits: they fire when the clock gets there.
    /// </summary>
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
        DateTimeOffset until;
        lock (_gate)
        {
            // Two who move it at once move it by the sum of both.
            _advancedTo = until = (_advancedTo > _now ? _advancedTo : _now) + by;
        }

        MoveTo(until);
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private static void CheckWait(TimeSpan wait, string name)
    {
        if (wait == Timeout.InfiniteTimeSpan)
            return;
        ArgumentOutOfRangeException.ThrowIfLessThan(wait, TimeSpan.Zero, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(wait, LongestWait, name);
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

    private bool Schedule(Timer timer, TimeSpan dueTime, TimeSpan period)
    {
        bool isDelay;
        lock (_gate)
        {
            if (timer.IsDisposed)
                return false;
            _timers.Remove(timer);
            if (dueTime == Timeout.InfiniteTimeSpan)
                return true;
            timer.Due = _now + dueTime;
            timer.Period = period == Timeout.InfiniteTimeSpan ? TimeSpan.Zero : period;
            _timers.Add(timer);
            isDelay = timer.IsDelay;
        }

        // Not on this thread: the caller may hold what the callback needs.
        if (_skipDelays && isDelay)
            ThreadPool.QueueUserWorkItem(static clock => clock.FireDelays(), this, preferLocal: false);
        else if (dueTime == TimeSpan.Zero)
            MoveTo(GetUtcNow());
        return true;
    }

    private void Remove(Timer timer)
    {
        lock (_gate)
        {
            timer.IsDisposed = true;
            _timers.Remove(timer);
        }
    }

    /// <summary>Moves on over every wait that ends.</summary>
    private void FireDelays()
    {
        while (NextDelay() is { } due)
            MoveTo(due);
    }

    private DateTimeOffset? NextDelay()
    {
        lock (_gate)
            return _skipDelays ? _timers.Where(t => t.IsDelay).Select(t => (DateTimeOffset?)t.Due).Min() : null;
    }

    private sealed class Timer(FakeClock clock, TimerCallback callback, object? state) : ITimer
    {
        public DateTimeOffset Due { get; set; }

        public TimeSpan Period { get; set; }

        public bool IsDisposed { get; set; }

        /// <summary>Whether somebody waits for its end; a periodic timer has none, and a limit is there not to be reached.</summary>
        public bool IsDelay => Period == TimeSpan.Zero && state is not CancellationTokenSource;

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            CheckWait(dueTime, nameof(dueTime));
            CheckWait(period, nameof(period));
            return clock.Schedule(this, dueTime, period);
        }

        public void Dispose() => clock.Remove(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
