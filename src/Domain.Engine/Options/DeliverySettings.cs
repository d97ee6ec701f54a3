namespace Protean.Engine;

/// <summary>How the engine delivers to one handler, when everybody has been heard.</summary>
internal sealed record DeliverySettings
{
    /// <summary>Whether messages come through the broker.</summary>
    public required bool IsStream { get; init; }

    public required int Partitions { get; init; }

    public required int MessagesPerCommit { get; init; }

    public required int PositionUpdateInterval { get; init; }

    public required FailurePolicy OnFailure { get; init; }

    public required int MaxRetries { get; init; }

    public required TimeSpan RetryDelay { get; init; }

    public required bool DeadLetters { get; init; }

    /// <summary>Whether failures are recorded: what waits behind a failure waits behind its record, so parking needs one even where no dead letter is kept.</summary>
    public bool KeepsFailures => DeadLetters || OnFailure == FailurePolicy.ParkStream;

    public required int TransientRetries { get; init; }

    public required TimeSpan TransientRetryDelay { get; init; }

    /// <summary>None is no limit.</summary>
    public required TimeSpan? TimeLimit { get; init; }

    public required int CircuitBreakerThreshold { get; init; }

    public required TimeSpan CircuitBreakerReset { get; init; }

    /// <summary>What holds when nobody has said anything.</summary>
    public static DeliverySettings BuiltIn(bool isProjection) => new()
    {
        IsStream = false,
        Partitions = 1,
        MessagesPerCommit = 10,
        PositionUpdateInterval = 10,
        // A read model that has missed an event of a stream would show later ones on top of a gap.
        OnFailure = isProjection ? FailurePolicy.ParkStream : FailurePolicy.Skip,
        MaxRetries = 3,
        RetryDelay = TimeSpan.FromSeconds(1),
        DeadLetters = true,
        TransientRetries = 0,
        TransientRetryDelay = TimeSpan.FromMilliseconds(100),
        TimeLimit = null,
        CircuitBreakerThreshold = 10,
        CircuitBreakerReset = TimeSpan.FromSeconds(60),
    };

    /// <summary>These settings, with what somebody has said in their place.</summary>
    public DeliverySettings With(DeliveryOptions said) => new()
    {
        IsStream = said.SubscriptionType is { } type ? type == SubscriptionType.Stream : IsStream,
        Partitions = said.Partitions ?? Partitions,
        MessagesPerCommit = said.MessagesPerCommit ?? MessagesPerCommit,
        PositionUpdateInterval = said.PositionUpdateInterval ?? PositionUpdateInterval,
        OnFailure = said.OnFailure ?? OnFailure,
        MaxRetries = said.MaxRetries ?? MaxRetries,
        RetryDelay = said.RetryDelay ?? RetryDelay,
        DeadLetters = said.DeadLetters ?? DeadLetters,
        TransientRetries = said.TransientRetries ?? TransientRetries,
        TransientRetryDelay = said.TransientRetryDelay ?? TransientRetryDelay,
        TimeLimit = said.TimeLimit ?? TimeLimit,
        CircuitBreakerThreshold = said.CircuitBreakerThreshold ?? CircuitBreakerThreshold,
        CircuitBreakerReset = said.CircuitBreakerReset ?? CircuitBreakerReset,
    };
}
