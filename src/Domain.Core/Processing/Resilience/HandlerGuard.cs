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
        && IsOfTheHandler(error, cancellationToken)
        // What may be done is not done once more in another way.
        && error is not CommitOutcomeUnknownException
        && (error is BrokenCircuitException || IsOneOf(error, fallbackErrors));

    /// <summary>Whether an error is one that breaks the circuit.</summary>
    public bool Counts(Exception error, CancellationToken cancellationToken) => IsOfTheHandler(error, cancellationToken) && IsOneOf(error, breaker!.Errors);

    private static bool IsOfTheHandler(Exception error, CancellationToken cancellationToken) =>
        !(error is OperationCanceledException && cancellationToken.IsCancellationRequested) && !AfterCommit.IsMarked(error);

    /// <summary>
    /// Without types, all errors but those that the domain itself refuses something with: a broken rule, a conflict, what is not there, a store that is away. They say
    /// nothing about whom the handler calls.
    /// </summary>
    private static bool IsOneOf(Exception error, IReadOnlyList<Type> types)
    {
        foreach (var type in types)
        {
            if (type.IsInstanceOfType(error))
                return true;
        }

        return types.Count == 0 && error is not ProteanException { IsOfTheDomain: true };
    }
}

/// <summary>When a handler is called no more for a while.</summary>
/// <param name="Failures">So many calls in a row have failed.</param>
/// <param name="BreakFor">For how long.</param>
/// <param name="Within">They have failed within this time.</param>
/// <param name="Errors">The types of errors that count; none for all but those of the domain itself.</param>
internal sealed record BreakerSettings(int Failures, TimeSpan BreakFor, TimeSpan Within, IReadOnlyList<Type> Errors);
