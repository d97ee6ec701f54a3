namespace Protean;

/// <summary>Declares a handler that answers queries.</summary>
public sealed class QueryHandlerBuilder : HandlerBuilder<QueryHandlerBuilder>
{
    internal QueryHandlerBuilder(DomainBuilder domain)
        : base(domain)
    {
    }

    internal List<QueryBinding> Lambdas { get; } = [];

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
}
