namespace Protean;

/// <summary>
/// The middleware around a stream: what it does before <c>next</c> is done before the first item, and <c>next</c> returns when the stream is over. Between both it
/// waits, while the caller takes item after item.
/// </summary>
internal sealed class StreamSurroundings(Domain domain)
{
    private readonly TaskCompletionSource<ExecutionContext?> _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _around = Task.CompletedTask;

    /// <summary>Whether all of them have let the request through.</summary>
    public bool AreEntered => _entered.Task.IsCompletedSuccessfully;

    /// <returns>The flow that the innermost has left, for the handler to run in.</returns>
    public async ValueTask<ExecutionContext?> EnterAsync(object request, HandlerContext context)
    {
        _around = MiddlewareChain.SurroundAsync(domain.Model.Middleware, request, context, HoldAsync).AsTask();
        await Task.WhenAny(_entered.Task, _around).ConfigureAwait(false);
        // One that is over before it was entered has stopped the request with an error.
        if (!AreEntered)
            await _around.ConfigureAwait(false);
        return await _entered.Task.ConfigureAwait(false);
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
