using Polly;
using Polly.Retry;

namespace Protean.Engine;

/// <summary>What wraps each call of a handler: its own pipeline, and repetitions after errors that may go away.</summary>
internal static class CallPipeline
{
    /// <summary>When the command of a call is no longer to be begun.</summary>
    public static readonly ResiliencePropertyKey<DateTimeOffset?> Deadline = new("protean.deadline");

    /// <returns>The pipeline; nothing if there is nothing to wrap.</returns>
    public static ResiliencePipeline? Build(DeliverySettings settings, DeliveryDeclaration declaration, TimeProvider time)
    {
        if (settings.TransientRetries == 0 && declaration.Resilience is null)
            return null;
        var builder = new ResiliencePipelineBuilder { TimeProvider = time };
        declaration.Resilience?.Invoke(builder);
        if (settings.TransientRetries > 0)
        {
            builder.AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = settings.TransientRetries,
                Delay = settings.TransientRetryDelay,
                BackoffType = DelayBackoffType.Exponential,
                ShouldHandle = arguments => ValueTask.FromResult(
                    arguments.Outcome.Exception is { } error
                    && MayGoAway(error, declaration.TransientErrors)
                    && IsInTime(arguments, settings.TransientRetryDelay, time)),
            });
        }

        return builder.Build();
    }

    private static bool MayGoAway(Exception error, IReadOnlyList<Type> declared) => error switch
    {
        // The store is away, or what was gathered before was refused: that is none of the handler's.
        StoreUnavailableException or BrokerAwayException or PartitionCommitException => false,
        _ when declared.Count > 0 => declared.Any(type => type.IsInstanceOfType(error)),
        // Those were repeated already, as often as they are to be.
        ProteanException conflict when Conflicts.CanRetry(conflict) => false,
        _ => error is TimeoutException or ProteanException { IsTransient: true },
    };

    private static bool IsInTime(in RetryPredicateArguments<object> arguments, TimeSpan delay, TimeProvider time) =>
        !arguments.Context.Properties.TryGetValue(Deadline, out var deadline)
        || deadline is not { } latest
        || time.GetUtcNow() + (delay * Math.Pow(2, arguments.AttemptNumber)) <= latest;
}
