using Polly.CircuitBreaker;

namespace Protean;

/// <summary>What stands around the calls of one handler for one type of message: a circuit breaker, and whether something stands in when a call fails.</summary>
internal sealed class HandlerGuard(string handler, Type message, BreakerSettings? breaker, IReadOnlyList<Type>? fallbackErrors)
{
    public string Handler => handler;

    public string Message => message.Name;

    public BreakerSettings? Breaker => breaker;

    /// <summary>Whether an error is one that the fallback stands in for.</summary>
    public bool Falls(Exception error, CancellationToken cancellationToken) =>
        fallbackErrors is not null
        && !(error is OperationCanceledException && cancellationToken.IsCancellationRequested)
        // What is done, or may be, or was done by somebody else, is not done once more in another way.
        && error is not (CommitOutcomeUnknownException or DuplicateKeyException)
        && !AfterCommit.IsMarked(error)
        && (error is BrokenCircuitException || BreakerSettings.IsOneOf(error, fallbackErrors));
}

/// <summary>When a handler is called no more for a while.</summary>
/// <param name="Failures">So many calls in a row have failed.</param>
/// <param name="BreakFor">For how long.</param>
/// <param name="Within">They have failed within this time.</param>
/// <param name="Errors">The types of errors that count; none for all.</param>
internal sealed record BreakerSettings(int Failures, TimeSpan BreakFor, TimeSpan Within, IReadOnlyList<Type> Errors)
{
    public static bool IsOneOf(Exception error, IReadOnlyList<Type> types)
    {
        foreach (var type in types)
        {
            if (type.IsInstanceOfType(error))
                return true;
        }

        return types.Count == 0;
    }
}
