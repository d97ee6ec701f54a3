using System.Runtime.CompilerServices;
using Polly;

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

    internal DeliveryDeclaration Declared { get; } = new();

    internal GuardDeclaration Guards { get; } = new();

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
    /// <see cref="IHandleStream{TRequest, TItem}"/>, <see cref="IHandleAny"/> and <see cref="IHandleErrors"/>. It is made anew for each call, with its dependencies.
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

    /// <summary>Says how the Engine delivers to the handler. What is not said here comes from profile and configuration.</summary>
    public TSelf Delivery(Action<DeliveryOptions> options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options(Declared.Options);
        return (TSelf)this;
    }

    /// <summary>Takes the Engine's settings for the handler from a profile: <c>production</c>, <c>fast</c>, <c>batch</c>, <c>debug</c>, <c>projection</c>, or one of the configuration.</summary>
    public TSelf Profile(string profile)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(profile);
        Declared.Options.Profile = profile;
        return (TSelf)this;
    }

    /// <summary>Cuts the messages into partitions, which are handled side by side, on several nodes too. Within a partition they are handled in order.</summary>
    public TSelf Partitions(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        Declared.Options.Partitions = count;
        return (TSelf)this;
    }

    /// <summary>Begins elsewhere than with the first message, as long as the handler has no position yet.</summary>
    public TSelf StartFrom(StartFrom start)
    {
        ArgumentNullException.ThrowIfNull(start);
        Declared.StartFrom = start;
        return (TSelf)this;
    }

    /// <summary>Says what happens to later messages when one has failed in the Engine.</summary>
    public TSelf OnFailure(FailurePolicy policy)
    {
        Declared.Options.OnFailure = policy;
        return (TSelf)this;
    }

    /// <summary>Ends a call of the handler in the Engine that takes longer, as a failure: what it still does is refused.</summary>
    public TSelf TimeLimit(TimeSpan limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(limit, TimeSpan.Zero);
        Declared.Options.TimeLimit = limit;
        return (TSelf)this;
    }

    /// <summary>Repeats a call in the Engine before it counts as failed, each time in a fresh unit of work, after an error that may go away.</summary>
    /// <param name="count">How often.</param>
    /// <param name="delay">How long to wait before the first repetition; each further wait is twice as long. Default: 100 ms.</param>
    /// <param name="errors">The types of such errors. Default: time-outs, and what calls itself transient.</param>
    public TSelf RetryTransient(int count, TimeSpan? delay = null, params IReadOnlyList<Type> errors)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentNullException.ThrowIfNull(errors);
        Declared.Options.TransientRetries = count;
        Declared.Options.TransientRetryDelay = delay;
        Declared.TransientErrors = errors;
        return (TSelf)this;
    }

    /// <summary>Wraps each call in the Engine in a pipeline of the handler's own: retries, time limits, circuit breakers, rate limits. Each try has a fresh unit of work.</summary>
    public TSelf Resilience(Action<ResiliencePipelineBuilder> pipeline)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        Declared.Resilience += pipeline;
        return (TSelf)this;
    }

    /// <summary>
    /// Lets a class stand in when a call fails: it handles the same messages, in a unit of work of its own, once the failed one is given up. What it failed with
    /// is <see cref="HandlerContext.Error"/>. Cancelled calls are not repeated in another way, and neither are those that may be committed.
    /// </summary>
    /// <param name="errors">The types of errors it stands in for. Default: all but those of the domain itself (<see cref="ProteanException"/>). While the circuit is broken, it always does.</param>
    public TSelf FallbackTo<TFallback>(params IReadOnlyList<Type> errors) where TFallback : class
    {
        CheckErrors(errors);
        Guards.Classes.Add((typeof(TFallback), errors));
        Domain.AddHandlerClass(typeof(TFallback));
        return (TSelf)this;
    }

    /// <summary>
    /// Calls the handler no more for a while when calls have failed one after the other: they fail at once with a <see cref="Polly.CircuitBreaker.BrokenCircuitException"/>,
    /// or go to the fallback. Each type of message is counted apart.
    /// </summary>
    /// <param name="failures">How many calls have to fail, with none between that succeeds.</param>
    /// <param name="breakFor">How long the handler is not called. The next call after that is a trial.</param>
    /// <param name="within">The time within which they have to fail. Default: one minute.</param>
    /// <param name="errors">The types of errors that count. Default: all but those of the domain itself (<see cref="ProteanException"/>).</param>
    public TSelf CircuitBreaker(int failures, TimeSpan breakFor, TimeSpan? within = null, params IReadOnlyList<Type> errors)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(failures, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(breakFor, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(within ?? TimeSpan.MaxValue, TimeSpan.Zero);
        CheckErrors(errors);
        Guards.Breaker = new(failures, breakFor, within ?? TimeSpan.FromMinutes(1), errors);
        return (TSelf)this;
    }

    private protected void Falls(Type message, IReadOnlyList<Type> errors)
    {
        CheckErrors(errors);
        if (!Guards.Errors.TryAdd(message, errors))
            Domain.AddProblem($"{DisplayName} has two fallbacks for {message.Name}: one stands in. Remove the other.");
    }

    private static void CheckErrors(IReadOnlyList<Type> errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        foreach (var error in errors)
        {
            if (!typeof(Exception).IsAssignableFrom(error))
                throw new ArgumentException($"{error.Name} is no type of error.", nameof(errors));
        }
    }

    /// <summary>What was said that means nothing to a handler whose caller waits, and which the Engine never calls.</summary>
    internal IEnumerable<string> MeaninglessToCallers()
    {
        if (ErrorHandlers.Count > 0)
            yield return "HandleError(…) is never called: whoever asks is told by the exception itself";
        if (!ReferenceEquals(Retry, ConflictRetry.Default))
            yield return "RetryConflicts(…) has nothing to repeat: nothing is committed, or has been handed out";
        if (Declared.IsSaid)
            yield return "what it says of its delivery is for handlers that the Engine calls";
    }

    internal TSelf Use(Type handler)
    {
        Classes.Add(handler);
        Domain.AddHandlerClass(handler);
        return (TSelf)this;
    }
}
