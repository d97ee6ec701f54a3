namespace Protean;

/// <summary>Declares a handler that answers queries.</summary>
public sealed class QueryHandlerBuilder : HandlerBuilder<QueryHandlerBuilder>
{
    internal QueryHandlerBuilder(DomainBuilder domain)
        : base(domain)
    {
    }

    internal List<QueryBinding> Lambdas { get; } = [];

    internal List<QueryBinding> Fallbacks { get; } = [];

    internal override string DisplayName => NameOr("(query handler)");

    /// <summary>Answers a query.</summary>
    public QueryHandlerBuilder On<TQuery, TResult>(Func<TQuery, HandlerContext, TResult> answer) where TQuery : IQuery<TResult>
    {
        ArgumentNullException.ThrowIfNull(answer);
        Lambdas.Add(new QueryBinding<TResult>(typeof(TQuery), DisplayName, (query, context) => new(answer((TQuery)query, context))));
        return this;
    }

    /// <summary>Answers a query.</summary>
    public QueryHandlerBuilder On<TQuery, TResult>(Func<TQuery, HandlerContext, Task<TResult>> answer) where TQuery : IQuery<TResult>
    {
        ArgumentNullException.ThrowIfNull(answer);
        Lambdas.Add(new QueryBinding<TResult>(typeof(TQuery), DisplayName, (query, context) => new(answer((TQuery)query, context))));
        return this;
    }

    /// <summary>Asks several handlers in turn until one answers.</summary>
    public QueryHandlerBuilder Chain<TQuery, TResult>(Action<ChainBuilder<TQuery, Task<TResult>>> links) where TQuery : IQuery<TResult>
    {
        ArgumentNullException.ThrowIfNull(links);
        var chain = new ChainBuilder<TQuery, Task<TResult>>(Domain, Task.FromResult(default(TResult)!));
        links(chain);
        return On<TQuery, TResult>(chain.Build());
    }

    /// <summary>Answers when the handler of a query fails. What it failed with is <see cref="HandlerContext.Error"/>.</summary>
    /// <param name="answer">The other answer.</param>
    /// <param name="errors">The types of errors it stands in for. Default: all but those of the domain itself (<see cref="ProteanException"/>). While the circuit is broken, it always does.</param>
    public QueryHandlerBuilder Fallback<TQuery, TResult>(Func<TQuery, HandlerContext, Task<TResult>> answer, params IReadOnlyList<Type> errors) where TQuery : IQuery<TResult>
    {
        ArgumentNullException.ThrowIfNull(answer);
        Falls(typeof(TQuery), errors);
        Fallbacks.Add(new QueryBinding<TResult>(typeof(TQuery), DisplayName, (query, context) => new(answer((TQuery)query, context))));
        return this;
    }
}
