using Polly;
using Polly.Retry;

namespace Protean.Engine;

/// <summary>What wraps each call of a handler: its own pipeline, and repetitions after errors that may go away.</summary>
internal static class CallPipeline
{
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
                ShouldHandle = arguments => ValueTask.FromResult(arguments.Outcome.Exception is { } error && MayGoAway(error, declaration.TransientErrors)),
            });
        }

        return builder.Build();
    }

    private static bool MayGoAway(Exception error, IReadOnlyList<Type> declared) => declared.Count > 0
        ? declared.Any(type => type.IsInstanceOfType(error))
        : error is TimeoutException || (error is ProteanException { IsTransient: true } and not StoreUnavailableException);
}
