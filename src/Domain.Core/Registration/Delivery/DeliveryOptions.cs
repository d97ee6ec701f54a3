namespace Protean;

/// <summary>
/// How the Engine delivers to a handler, as far as somebody has said it: the handler itself, its profile, the configuration, the defaults of the
/// server. What nobody has said comes from the profile, and in the end from the built-in values.
/// </summary>
public sealed class DeliveryOptions
{
    /// <summary>The profile that fills in what is not said here: <c>production</c>, <c>fast</c>, <c>batch</c>, <c>debug</c>, <c>projection</c>, or one of the configuration.</summary>
    public string? Profile { get; set; }

    /// <summary>Whether messages come from the event store or through the broker. Built-in: from the event store.</summary>
    public SubscriptionType? SubscriptionType { get; set; }

    /// <summary>Into how many partitions the messages are cut, which are handled side by side. Built-in: 1.</summary>
    public int? Partitions { get; set; }

    /// <summary>The most messages whose effects share one commit. Built-in: 10.</summary>
    public int? MessagesPerCommit { get; set; }

    /// <summary>After how many messages that were not for the handler its position is written all the same. Built-in: 10.</summary>
    public int? PositionUpdateInterval { get; set; }

    /// <summary>What happens to later messages when one has failed. Built-in: <see cref="FailurePolicy.Skip"/>; projections: <see cref="FailurePolicy.ParkStream"/>.</summary>
    public FailurePolicy? OnFailure { get; set; }

    /// <summary>How often the recovery tries a failed message again before it is dead. Built-in: 3.</summary>
    public int? MaxRetries { get; set; }

    /// <summary>How long the recovery waits before the first try; each further wait is about twice as long. Built-in: 1 s.</summary>
    public TimeSpan? RetryDelay { get; set; }

    /// <summary>
    /// Whether failures are recorded, tried again and kept as dead letters; if not, what has failed is logged and passed over. With
    /// <see cref="FailurePolicy.ParkStream"/> it is tried again all the same, and passed over after the last retry. Built-in: yes.
    /// </summary>
    public bool? DeadLetters { get; set; }

    /// <summary>How often a call is repeated after an error that may go away, before it counts as failed. Built-in: 0.</summary>
    public int? TransientRetries { get; set; }

    /// <summary>How long to wait before the first of these repetitions; each further wait is twice as long. Built-in: 100 ms.</summary>
    public TimeSpan? TransientRetryDelay { get; set; }

    /// <summary>How long one call of the handler may take, its repetitions not counted together. Built-in: no limit.</summary>
    public TimeSpan? TimeLimit { get; set; }

    /// <summary>After how many failures in a row delivery pauses. Built-in: 10; 0 never pauses.</summary>
    public int? CircuitBreakerThreshold { get; set; }

    /// <summary>How long it pauses, before one message is tried. Built-in: 60 s.</summary>
    public TimeSpan? CircuitBreakerReset { get; set; }
}

/// <summary>Where the messages of a handler come from.</summary>
public enum SubscriptionType
{
    /// <summary>From the event store.</summary>
    EventStore,

    /// <summary>Through the broker: a consumer group of the handler gets what is published for it, and the event store gives what the broker does not bring.</summary>
    Stream,
}

/// <summary>What happens to later messages when one has failed.</summary>
public enum FailurePolicy
{
    /// <summary>They are handled; the failed one is tried again later.</summary>
    Skip,

    /// <summary>Those of the same stream or partition key wait behind it, in their order; others go on.</summary>
    ParkStream,

    /// <summary>The partition stops until somebody resumes it.</summary>
    Stop,
}

/// <summary>Where a handler begins that has no position yet.</summary>
public sealed class StartFrom
{
    private StartFrom()
    {
    }

    /// <summary>With the first message there is. The default.</summary>
    public static StartFrom Beginning { get; } = new();

    /// <summary>With what is stored after the handler was first started.</summary>
    public static StartFrom Now { get; } = new() { IsNow = true };

    internal bool IsNow { get; private init; }

    internal long? After { get; private init; }

    internal DateTimeOffset? At { get; private init; }

    /// <summary>With the message at a global position.</summary>
    public static StartFrom Position(long globalPosition)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(globalPosition, 1);
        return new() { After = globalPosition - 1 };
    }

    /// <summary>With what happened at a time or later.</summary>
    public static StartFrom Time(DateTimeOffset time) => new() { At = time };

    /// <inheritdoc/>
    public override string ToString() => IsNow ? "now" : After is { } after ? $"position {after + 1}" : At is { } at ? $"{at:O}" : "the beginning";
}
