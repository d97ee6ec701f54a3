namespace Protean;

/// <summary>Calls the handlers that belong to the commit of a unit of work.</summary>
internal static class SameCommitHandlers
{
    public static async ValueTask RunAsync(UnitOfWork unit, Message message, int depth, CancellationToken cancellationToken)
    {
        var model = unit.Domain.Model;
        foreach (var handler in model.SameCommitHandlersOf(message.Payload.GetType()))
        {
            if (!handler.Listens(message))
                continue;
            foreach (var method in handler.Handlers(message.Payload.GetType()))
            {
                var context = new HandlerContext(unit, message, handler.Name, cancellationToken, depth);
                await using (context)
                    await MiddlewareChain.InvokeAsync(model.Middleware, message.Payload, context, method.InvokeAsync).ConfigureAwait(false);
            }
        }
    }
}
