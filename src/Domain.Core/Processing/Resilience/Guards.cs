using System.Collections.Concurrent;
using Polly;

namespace Protean;

/// <summary>Calls handlers through their circuit breakers, and their fallbacks when they fail. Each guard has a breaker of its own.</summary>
internal sealed class Guards(Domain domain)
{
    private readonly ConcurrentDictionary<HandlerGuard, ResiliencePipeline> _breakers = new();

    /// <param name="guard">The guard of the handler.</param>
    /// <param name="attempt">Calls the handler; with an error that it failed with, its fallback.</param>
    /// <param name="cancellationToken">The token of the call.</param>
    public async ValueTask<TResult> RunAsync<TResult>(HandlerGuard guard, Func<Exception?, CancellationToken, ValueTask<TResult>> attempt, CancellationToken cancellationToken)
    {
        try
        {
            return await ThroughBreakerAsync(guard, token => attempt(null, token), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (guard.Falls(e, cancellationToken))
        {
            Fell(guard, e);
            return await attempt(e, cancellationToken).ConfigureAwait(false);
        }
    }

    public ValueTask<TResult> ThroughBreakerAsync<TResult>(HandlerGuard guard, Func<CancellationToken, ValueTask<TResult>> call, CancellationToken cancellationToken) =>
        guard.Breaker is null ? call(cancellationToken) : BreakerOf(guard).ExecuteAsync(call, cancellationToken);

    public void Fell(HandlerGuard guard, Exception error)
    {
        domain.Log.FellBack(error, guard.Handler, guard.Message);
        Telemetry.FellBack.Add(1, Telemetry.Of(guard.Handler));
    }

    private ResiliencePipeline BreakerOf(HandlerGuard guard) => _breakers.TryGetValue(guard, out var known) ? known : _breakers.GetOrAdd(guard, Make);

    private ResiliencePipeline Make(HandlerGuard guard)
    {
        var settings = guard.Breaker!;
        var builder = new ResiliencePipelineBuilder { TimeProvider = domain.Time };
        return builder.AddCircuitBreaker(new()
        {
            // In a row: none of those within the time has succeeded.
            FailureRatio = 1,
            MinimumThroughput = settings.Failures,
            SamplingDuration = settings.Within,
            BreakDuration = settings.BreakFor,
            ShouldHandle = failed => new(failed.Outcome.Exception is { } error && Counts(settings, error, failed.Context.CancellationToken)),
            OnOpened = opened =>
            {
                domain.Log.CircuitOpened(opened.Outcome.Exception, guard.Handler, guard.Message, opened.BreakDuration);
                return default;
            },
            OnClosed = _ =>
            {
                domain.Log.CircuitClosed(guard.Handler, guard.Message);
                return default;
            },
        }).Build();
    }

    private static bool Counts(BreakerSettings settings, Exception error, CancellationToken cancellationToken) =>
        !(error is OperationCanceledException && cancellationToken.IsCancellationRequested)
        && !AfterCommit.IsMarked(error)
        && BreakerSettings.IsOneOf(error, settings.Errors);
}
