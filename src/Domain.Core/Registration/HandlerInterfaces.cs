namespace Protean;

/// <summary>Handles an event, or a command without a result.</summary>
/// <typeparam name="TMessage">The event or command.</typeparam>
public interface IHandle<in TMessage>
{
    /// <summary>Handles one message, in a unit of work of its own.</summary>
    Task HandleAsync(TMessage message, HandlerContext context);
}

/// <summary>Handles a command with a result, or answers a query.</summary>
/// <typeparam name="TRequest">The command or query.</typeparam>
/// <typeparam name="TResult">The result or answer.</typeparam>
public interface IHandle<in TRequest, TResult>
{
    /// <summary>Handles one command, in a unit of work of its own, or answers one query.</summary>
    Task<TResult> HandleAsync(TRequest request, HandlerContext context);
}

/// <summary>Answers a request item by item.</summary>
/// <typeparam name="TRequest">The request.</typeparam>
/// <typeparam name="TItem">The items.</typeparam>
public interface IHandleStream<in TRequest, TItem>
    where TRequest : IStreamRequest<TItem>
{
    /// <summary>Gives one item after the other. What was changed before an item is committed, and handled inline, before the caller gets the item.</summary>
    IAsyncEnumerable<TItem> HandleAsync(TRequest request, HandlerContext context);
}

/// <summary>Handles every event of its categories that the class has no specific method for.</summary>
public interface IHandleAny
{
    /// <summary>Handles one event, in a unit of work of its own.</summary>
    Task HandleAnyAsync(Message message, HandlerContext context);
}

/// <summary>Is told when a method of the handler class has failed on a message, after its retries.</summary>
public interface IHandleErrors
{
    /// <summary>Reacts to a failure, in a unit of work of its own. What it throws is logged and goes no further.</summary>
    Task HandleErrorAsync(Exception error, Message message, HandlerContext context);
}
