using Microsoft.Extensions.DependencyInjection;

namespace Protean;

/// <summary>Lets scoped services write in the transaction of the handler's unit of work.</summary>
internal sealed class UnitOfWorkMiddleware : IMessageMiddleware
{
    public async ValueTask InvokeAsync(object message, HandlerContext context, Func<ValueTask> next)
    {
        var hasReturned = false;
        try
        {
            await next().ConfigureAwait(false);
            hasReturned = true;
        }
        finally
        {
            // Those that share a scope with a handler that has failed must not write what it has gathered.
            foreach (var participant in context.Services.GetServices<IUnitOfWorkParticipant>())
            {
                if (participant.TakeWrites() is { } write && hasReturned)
                    Add(context, participant, write, message);
            }
        }
    }

    private static void Add(HandlerContext context, IUnitOfWorkParticipant participant, Func<System.Data.Common.DbConnection, System.Data.Common.DbTransaction, CancellationToken, Task> write, object message)
    {
        if (context.IsStream)
            throw new InvalidOperationException($"{participant.GetType().Name} has gathered writes while {message.GetType().Name} was answered, but the units of work of a stream's items are committed already: let its handler call context.OnCommit before it gives an item.");
        context.OnCommit(write);
    }
}
