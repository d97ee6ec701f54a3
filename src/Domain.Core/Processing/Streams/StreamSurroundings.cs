namespace Protean;

/// <summary>
/// The middleware and the circuit breaker around a stream: what they do before the handler is done before the first item, and the handler returns, for them, when
/// the stream is over. Between both they wait, while the caller takes item after item.
/// </summary>
internal sealed class StreamSurroundings(Domain domain, HandlerGuard? breaker)
{
    private readonly TaskCompletionSource<ExecutionContext?> _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _around = Task.CompletedTask;

    /// <summary>Whether all of them have let the request through.</summary>
    public bool AreEntered => _entered.Task.IsCompletedSuccessfully;

    /// <returns>The flow that the innermost has left, for the handler to run in.</returns>
    public async ValueTask<ExecutionContext?> EnterAsync(object request, HandlerContext context, CancellationToken cancellationToken)
    {
        _around = breaker is null
            ? ThroughMiddlewareAsync().AsTask()
            : domain.Guards.ThroughBreakerAsync(breaker, _ => ThroughMiddlewareAsync(), cancellationToken).AsTask();
        await Task.WhenAny(_entered.Task, _around).ConfigureAwait(false);
        // One that is over before it was entered has stopped the request with an error.
        if (!AreEntered)
            await _around.ConfigureAwait(false);
        return await _entered.Task.ConfigureAwait(false);

        ValueTask<Nothing> ThroughMiddlewareAsync() => MiddlewareChain.InvokeAsync(domain.Model.Middleware, request, context, HoldAsync);
    }

    /// <summary>Lets them go on to their end. What they throw is thrown here: the error they were given, or one of their own.</summary>
    public async ValueTask LeaveAsync(Exception? error)
    {
        if (!AreEntered)
            return;
        if (error is null)
            _over.TrySetResult();
        else
            _over.TrySetException(error);
        await _around.ConfigureAwait(false);
    }

    private async ValueTask<Nothing> HoldAsync(object request, HandlerContext context)
    {
        _entered.TrySetResult(ExecutionContext.Capture());
        await _over.Task.ConfigureAwait(false);
        return default;
    }
}
