using System.Collections.Concurrent;

namespace Protean;

/// <summary>Calls handlers through their circuit breakers, and their fallbacks when they fail. Each guard has a circuit of its own.</summary>
internal sealed class Guards(Domain domain)
{
    private readonly ConcurrentDictionary<HandlerGuard, Circuit> _circuits = new();

    /// <param name="guard">The guard of the handler.</param>
    /// <param name="attempt">Calls the handler; with an error that it failed with, its fallback.</param>
    /// <param name="cancellationToken">The token of the call.</param>
    public async ValueTask<TResult> RunAsync<TResult>(HandlerGuard guard, Func<Exception?, ValueTask<TResult>> attempt, CancellationToken cancellationToken)
    {
        try
        {
            return await ThroughCircuitAsync(guard, attempt, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (guard.Falls(e, cancellationToken))
        {
            Fell(guard, e);
            return await attempt(e).ConfigureAwait(false);
        }
    }

    /// <summary>The circuit of a guard; nothing if it has none.</summary>
    public Circuit? CircuitOf(HandlerGuard? guard) =>
        guard?.Breaker is { } settings ? _circuits.GetOrAdd(guard, static (g, state) => new(g, state.Settings, state.Domain), (Settings: settings, Domain: domain)) : null;

    public void Fell(HandlerGuard guard, Exception error)
    {
        domain.Log.FellBack(error, guard.Handler, guard.Message);
        Telemetry.FellBack.Add(1, Telemetry.Of(guard.Handler));
    }

    private async ValueTask<TResult> ThroughCircuitAsync<TResult>(HandlerGuard guard, Func<Exception?, ValueTask<TResult>> attempt, CancellationToken cancellationToken)
    {
        var circuit = CircuitOf(guard);
        circuit?.Enter();
        try
        {
            var result = await attempt(null).ConfigureAwait(false);
            circuit?.Succeeded();
            return result;
        }
        catch (Exception e) when (circuit is not null)
        {
            circuit.Failed(e, cancellationToken);
            throw;
        }
    }
}
