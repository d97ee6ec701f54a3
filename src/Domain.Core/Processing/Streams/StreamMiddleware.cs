namespace Protean;

/// <summary>
/// The middleware around a stream: what it does before <c>next</c> is done before the first item, and <c>next</c> returns when the stream is over. Between
/// both it waits, while the caller takes item after item.
/// </summary>
internal sealed class StreamMiddleware
{
    private readonly TaskCompletionSource<ExecutionContext?> _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _chain = Task.CompletedTask;

    /// <summary>Whether all of it has let the request through.</summary>
    public bool IsEntered => _entered.Task.IsCompletedSuccessfully;

    /// <returns>The flow that the innermost has left, for the handler to run in.</returns>
    public async ValueTask<ExecutionContext?> EnterAsync(IReadOnlyList<MakeMiddleware> middleware, object request, HandlerContext context)
    {
        _chain = MiddlewareChain.InvokeAsync(middleware, request, context, HoldAsync).AsTask();
        await Task.WhenAny(_entered.Task, _chain).ConfigureAwait(false);
        // One that is over before it was entered has stopped the request with an error.
        if (!IsEntered)
            await _chain.ConfigureAwait(false);
        return await _entered.Task.ConfigureAwait(false);
    }

    /// <summary>Lets the middleware go on to its end. What it throws is thrown here: the error it was given, or one of its own.</summary>
    public async ValueTask LeaveAsync(Exception? error)
    {
        if (!IsEntered)
            return;
        if (error is null)
            _over.TrySetResult();
        else
            _over.TrySetException(error);
        await _chain.ConfigureAwait(false);
    }

    private async ValueTask<Nothing> HoldAsync(object request, HandlerContext context)
    {
        _entered.TrySetResult(ExecutionContext.Capture());
        await _over.Task.ConfigureAwait(false);
        return default;
    }
}
