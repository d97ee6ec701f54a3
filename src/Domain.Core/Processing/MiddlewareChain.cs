namespace Protean;

/// <summary>Gives the middleware of a call; made with its dependencies, in the scope of the handler.</summary>
internal delegate IMessageMiddleware MakeMiddleware(HandlerContext context);

/// <summary>Calls a handler through the middleware, if there is any.</summary>
internal static class MiddlewareChain
{
    public static ValueTask<TResult> InvokeAsync<TResult>(
        IReadOnlyList<MakeMiddleware> middleware, object message, HandlerContext context, Func<object, HandlerContext, ValueTask<TResult>> handler) =>
        middleware.Count == 0 ? handler(message, context) : new Call<TResult>(middleware, message, context, handler).RunAsync();

    /// <summary>Calls a handler without a result, whose errors the middleware may keep to itself.</summary>
    public static ValueTask<Nothing> SurroundAsync(
        IReadOnlyList<MakeMiddleware> middleware, object message, HandlerContext context, Func<object, HandlerContext, ValueTask<Nothing>> handler) =>
        new Call<Nothing>(middleware, message, context, handler) { MaySwallow = true }.RunAsync();

    private sealed class Call<TResult>(
        IReadOnlyList<MakeMiddleware> middleware, object message, HandlerContext context, Func<object, HandlerContext, ValueTask<TResult>> handler)
    {
        private TResult _result = default!;
        private bool _handled;
        private bool _returned;
        private Exception? _error;

        public bool MaySwallow { get; init; }

        public async ValueTask<TResult> RunAsync()
        {
            await StepAsync(0).ConfigureAwait(false);
            if (_handled && !_returned && !MaySwallow)
                throw new InvalidOperationException($"A middleware returned before {message.GetType().Name} was handled, or kept the handler's error to itself, so there is nothing to commit or to return: await next, and throw.", _error);
            return _handled
                ? _result
                : throw new InvalidOperationException($"A middleware returned without calling next, so {message.GetType().Name} was not handled: to stop a message, throw.");
        }

        private ValueTask StepAsync(int index) =>
            index == middleware.Count ? HandleAsync() : middleware[index](context).InvokeAsync(message, context, () => StepAsync(index + 1));

        private async ValueTask HandleAsync()
        {
            if (_handled)
                throw new InvalidOperationException($"A middleware called next twice for {message.GetType().Name}: a handler is called once for each message.");
            _handled = true;
            try
            {
                _result = await handler(message, context).ConfigureAwait(false);
                _returned = true;
            }
            catch (Exception e)
            {
                _error = e;
                throw;
            }
        }
    }
}
