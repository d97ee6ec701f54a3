namespace Protean.Engine;

/// <summary>A handler that the engine delivers to, as far as its settings depend on it.</summary>
/// <param name="Name">The name it was given.</param>
/// <param name="Declared">What it said in code.</param>
/// <param name="IsProjection">Whether it keeps a read model.</param>
internal sealed record DeliverySubject(string Name, DeliveryOptions Declared, bool IsProjection)
{
    /// <summary>Whether it takes notifications to the broker.</summary>
    public bool IsRelay { get; init; }

    /// <summary>Why its messages cannot come through the broker; nothing if they can.</summary>
    public string? NoStream { get; init; }

    /// <summary>Whether a profile may have them come through the broker: one that reaches other processes is there.</summary>
    public bool FollowsProfile { get; init; }

    /// <summary>
    /// The settings with what is said of all handlers. What becomes of a failure is not said of notifications with it: somebody outside would miss one, or get the next one of its aggregate first.
    /// </summary>
    public DeliverySettings OfAll(DeliverySettings before, DeliverySettings after) => !IsRelay ? after : after with
    {
        OnFailure = before.OnFailure,
        MaxRetries = before.MaxRetries,
        RetryDelay = before.RetryDelay,
        DeadLetters = before.DeadLetters,
    };

    /// <summary>What holds for it when nobody has said anything.</summary>
    public DeliverySettings BuiltIn()
    {
        var settings = DeliverySettings.BuiltIn(IsProjection);
        // What one aggregate has to say stays in order, and five tries are enough to know that the broker will not take it.
        return IsRelay ? settings with { OnFailure = FailurePolicy.ParkStream, MaxRetries = 4, MessagesPerCommit = 500, PositionUpdateInterval = 500 } : settings;
    }
}
