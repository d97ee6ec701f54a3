namespace Protean;

/// <summary>Refuses commands, queries and streaming requests that break the rules their types declare with DataAnnotations. Events have happened, and are not checked.</summary>
internal sealed class ValidationMiddleware : IMessageMiddleware
{
    public ValueTask InvokeAsync(object message, HandlerContext context, Func<ValueTask> next)
    {
        if (message is not IEvent)
            AnnotatedRules.Check(message, () => context.Services);
        return next();
    }
}
