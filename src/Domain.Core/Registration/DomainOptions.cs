namespace Protean;

/// <summary>Where event handlers run that do not say it themselves.</summary>
public enum EventProcessing
{
    /// <summary>In the Engine, after the event was stored; the caller does not wait. The default.</summary>
    Engine,

    /// <summary>Inline: after the commit that raised the event, before the caller's call returns.</summary>
    Inline,
}

/// <summary>What becomes of the errors of inline handlers. <c>HandleError</c> is called in every case.</summary>
public enum InlineErrorPolicy
{
    /// <summary>All handlers run; then the error surfaces, one as it is, several as <see cref="AggregateException"/>. The default.</summary>
    Throw,

    /// <summary>Errors are logged, and the caller gets its result.</summary>
    Isolate,

    /// <summary>The first error surfaces at once, and nothing further is started.</summary>
    FailFast,
}

/// <summary>How inline handlers run that do not say it themselves.</summary>
public enum InlineOrder
{
    /// <summary>One after the other, in the order of the events and of the handlers' declaration. The default.</summary>
    Sequential,

    /// <summary>Beside each other, as soon as their event is there, as far as <see cref="DomainBuilder.MaxConcurrentHandlers"/> allows.</summary>
    Parallel,
}

/// <summary>Whose inline handlers <see cref="DomainBuilder.MaxConcurrentHandlers"/> counts together.</summary>
public enum HandlerLimit
{
    /// <summary>Those of one call, and of the calls that its handlers make. The default.</summary>
    PerCall,

    /// <summary>Those of all calls of the domain in this process.</summary>
    WholeDomain,
}

/// <summary>Which handlers share the scoped services of the container.</summary>
public enum HandlerScopes
{
    /// <summary>
    /// Those of one call: a command's or stream's handler, the inline handlers of what it raises, and what these call. The services are disposed
    /// before the call returns; for a stream when its last item was taken, or its consumer stops. In the Engine each call of a handler has its own.
    /// </summary>
    PerCall,

    /// <summary>None: each call of a handler has its own, and they are disposed when it is over.</summary>
    PerHandler,

    /// <summary>There is no scope: handlers get the services of the host itself.</summary>
    None,
}

/// <summary>How often, and how long after, a handler is run again on fresh state when somebody else changed what it worked on.</summary>
/// <param name="Count">How many times it is run again. Default: 3.</param>
/// <param name="Delay">How long to wait before the first time; each further wait is twice as long. Default: 50 ms.</param>
/// <param name="MaxDelay">The longest wait. Default: 1 s.</param>
public sealed record ConflictRetry(int Count, TimeSpan Delay, TimeSpan MaxDelay)
{
    /// <summary>3 times, 50 ms doubling to 1 s.</summary>
    public static ConflictRetry Default { get; } = new(3, TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(1));

    /// <summary>Never.</summary>
    public static ConflictRetry None { get; } = new(0, TimeSpan.Zero, TimeSpan.Zero);

    /// <summary>How long to wait before a repetition.</summary>
    /// <param name="repetition">The repetition, from 1.</param>
    public TimeSpan DelayBefore(int repetition)
    {
        var ticks = Delay.Ticks * Math.Pow(2, repetition - 1);
        return ticks >= MaxDelay.Ticks ? MaxDelay : TimeSpan.FromTicks((long)ticks);
    }
}
