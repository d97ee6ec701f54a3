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
                {
                    try
                    {
                        await MiddlewareChain.InvokeAsync(model.Middleware, message.Payload, context, method.InvokeAsync).ConfigureAwait(false);
                    }
                    catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
                    {
                        // Whoever hears of the error has called something else.
                        unit.Domain.Log.HandlerFailed(e, handler.Name, method.Name, message.Type, message.Id, message.EventCategory);
                        Telemetry.Failed.Add(1, Telemetry.Of(handler.Name), Telemetry.Of(message.EventCategory));
                        throw;
                    }
                }
            }
        }
    }
}
