
namespace Protean.Engine;

/// <summary>Runs one call of a handler: through its pipeline, and within its time.</summary>
internal sealed class CallRunner(EngineContext engine, Subscription subscription, Staging staging)
{
    /// <summary>Calls a method. Its effects are staged when it returns, and none when it throws.</summary>
    public ValueTask RunAsync(Call call, Message message, CancellationToken cancellationToken) => subscription.Pipeline is { } pipeline
        ? pipeline.ExecuteAsync((state, token) => InvokeAsync(state.call, state.message, token), (call, message), cancellationToken)
        : InvokeAsync(call, message, cancellationToken);

    private ValueTask InvokeAsync(Call call, Message message, CancellationToken cancellationToken) => subscription.Settings.TimeLimit is { } limit
        ? InvokeWithinAsync(limit, call, message, cancellationToken)
        : call.InvokeAsync(message, staging.Workspace(), cancellationToken);

    private async ValueTask InvokeWithinAsync(TimeSpan limit, Call call, Message message, CancellationToken cancellationToken)
    {
        var workspace = staging.Workspace();
        using var expired = new CancellationTokenSource(limit, engine.Time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(expired.Token, cancellationToken);
        // On a thread of its own: a handler that blocks must not keep its limit from being seen.
        var running = Task.Run(() => call.InvokeAsync(message, workspace, linked.Token).AsTask(), CancellationToken.None);
        try
        {
            await running.WaitAsync(linked.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (expired.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            workspace.Seal();
            // Whatever it still does is refused, and nobody is left to hear of it.
            _ = running.ContinueWith(static task => task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            throw new HandlerTimeoutException(subscription.ShortName, call.Method, limit);
        }
    }
}

/// <summary>A handler took longer than its time limit. What it did was thrown away, and what it still does is refused.</summary>
public sealed class HandlerTimeoutException(string handler, string method, TimeSpan limit)
    : ProteanException($"{handler}.{method} took longer than its time limit of {limit.TotalSeconds:0.###} s, so it was ended: let it do less, pass context.CancellationToken on, or raise the limit.")
{
    /// <summary>The name of the handler.</summary>
    public string Handler { get; } = handler;
}
