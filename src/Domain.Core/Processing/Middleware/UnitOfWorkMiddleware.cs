using Microsoft.Extensions.DependencyInjection;

namespace Protean;

/// <summary>Lets scoped services write in the transaction of the handler's unit of work.</summary>
internal sealed class UnitOfWorkMiddleware : IMessageMiddleware
{
    public async ValueTask InvokeAsync(object message, HandlerContext context, Func<ValueTask> next)
    {
        await next().ConfigureAwait(false);
        if (context.Unit.IsReadOnly)
            return;
        foreach (var participant in context.Services.GetServices<IUnitOfWorkParticipant>())
        {
            if (participant.HasChanges)
                context.OnCommit(participant.SaveAsync);
        }
    }
}
