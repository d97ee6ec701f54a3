namespace Protean;

/// <summary>Gives the middleware of a call; made with its dependencies, in the scope of the handler.</summary>
internal delegate IMessageMiddleware MakeMiddleware(HandlerContext context);

/// <summary>Calls a handler through the middleware, if there is any.</summary>
internal static class MiddlewareChain
{
    public static ValueTask<TResult> InvokeAsync<TResult>(
        IReadOnlyList<MakeMiddleware> middleware, object message, HandlerContext context, Func<object, HandlerContext, ValueTask<TResult>> handler) =>
        middleware.Count == 0 ? handler(message, context) : new Call<TResult>(middleware, message, context, handler).RunAsync();

    private sealed class Call<TResult>(
        IReadOnlyList<MakeMiddleware> middleware, object message, HandlerContext context, Func<object, HandlerContext, ValueTask<TResult>> handler)
    {
        private TResult _result = default!;
        private bool _handled;

        public async ValueTask<TResult> RunAsync()
        {
            await StepAsync(0).ConfigureAwait(false);
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
            _result = await handler(message, context).ConfigureAwait(false);
        }
    }
}
