using System.Runtime.CompilerServices;

namespace Protean;

/// <summary>What all handlers can be told.</summary>
/// <typeparam name="TSelf">The kind of builder.</typeparam>
public abstract class HandlerBuilder<TSelf>
    where TSelf : HandlerBuilder<TSelf>
{
    private protected HandlerBuilder(DomainBuilder domain) => Domain = domain;

    internal DomainBuilder Domain { get; }

    internal string? GivenName { get; private set; }

    internal List<Type> Classes { get; } = [];

    internal ConflictRetry Retry { get; private set; } = ConflictRetry.Default;

    internal List<InvokeErrorHandler> ErrorHandlers { get; } = [];

    /// <summary>How messages call the handler.</summary>
    internal abstract string DisplayName { get; }

    private protected string NameOr(string fallback) => GivenName ?? (Classes.Count > 0 ? DomainNaming.ClassName(Classes[0]) : fallback);

    /// <summary>Gives the durable name. Default: the name of the handler class; for a handler of lambdas the name of its aggregate.</summary>
    public TSelf Named(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        GivenName = name;
        return (TSelf)this;
    }

    /// <summary>
    /// Uses a class: its methods are those of <see cref="IHandle{TMessage}"/>, <see cref="IHandle{TRequest, TResult}"/>,
    /// <see cref="IHandleAny"/> and <see cref="IHandleErrors"/>. It is made anew for each call, with its dependencies.
    /// </summary>
    public TSelf Use<THandler>() where THandler : class => Use(typeof(THandler));

    /// <summary>Runs the handler again on fresh state when somebody else changed what it worked on. Default: 3 times, 50 ms doubling to 1 s.</summary>
    public TSelf RetryConflicts(int count, TimeSpan? delay = null, TimeSpan? maxDelay = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        Retry = new(count, delay ?? ConflictRetry.Default.Delay, maxDelay ?? ConflictRetry.Default.MaxDelay);
        return (TSelf)this;
    }

    /// <summary>
    /// Is told of each failure, after the retries. What it throws is logged and goes no further. Whoever waits for a command in
    /// <c>ProcessAsync</c> is told by the exception itself, and no error handler is.
    /// </summary>
    public TSelf HandleError(Action<Exception, Message, HandlerContext> react)
    {
        ArgumentNullException.ThrowIfNull(react);
        ErrorHandlers.Add((error, message, context) =>
        {
            react(error, message, context);
            return ValueTask.CompletedTask;
        });
        return (TSelf)this;
    }

    /// <summary>
    /// Is told of each failure, after the retries. What it throws is logged and goes no further. Whoever waits for a command in
    /// <c>ProcessAsync</c> is told by the exception itself, and no error handler is.
    /// </summary>
    public TSelf HandleError(Func<Exception, Message, HandlerContext, ValueTask> react)
    {
        ArgumentNullException.ThrowIfNull(react);
        ErrorHandlers.Add((error, message, context) => react(error, message, context));
        return (TSelf)this;
    }

    /// <summary>
    /// Is told of each failure, after the retries. What it throws is logged and goes no further. Whoever waits for a command in
    /// <c>ProcessAsync</c> is told by the exception itself, and no error handler is.
    /// </summary>
    [OverloadResolutionPriority(1)]
    public TSelf HandleError(Func<Exception, Message, HandlerContext, Task> react)
    {
        ArgumentNullException.ThrowIfNull(react);
        ErrorHandlers.Add((error, message, context) => new(react(error, message, context)));
        return (TSelf)this;
    }

    internal TSelf Use(Type handler)
    {
        Classes.Add(handler);
        Domain.AddHandlerClass(handler);
        return (TSelf)this;
    }
}
