namespace Protean;

/// <summary>Declares a handler of requests that are answered item by item.</summary>
public sealed class StreamHandlerBuilder : HandlerBuilder<StreamHandlerBuilder>
{
    internal StreamHandlerBuilder(DomainBuilder domain)
        : base(domain)
    {
    }

    internal List<StreamBinding> Lambdas { get; } = [];

    internal List<StreamBinding> Fallbacks { get; } = [];

    internal override string DisplayName => NameOr("(stream handler)");

    /// <summary>Answers a request item by item. What was changed before an item is committed, and handled inline, before the caller gets the item.</summary>
    public StreamHandlerBuilder On<TRequest, TItem>(Func<TRequest, HandlerContext, IAsyncEnumerable<TItem>> answer) where TRequest : IStreamRequest<TItem>
    {
        ArgumentNullException.ThrowIfNull(answer);
        Lambdas.Add(new StreamBinding<TItem>(typeof(TRequest), DisplayName, (request, context) => answer((TRequest)request, context)));
        return this;
    }

    /// <summary>Asks several handlers in turn until one answers.</summary>
    public StreamHandlerBuilder Chain<TRequest, TItem>(Action<ChainBuilder<TRequest, IAsyncEnumerable<TItem>>> links) where TRequest : IStreamRequest<TItem>
    {
        ArgumentNullException.ThrowIfNull(links);
        var chain = new ChainBuilder<TRequest, IAsyncEnumerable<TItem>>(Domain, EmptyStream<TItem>.Instance);
        links(chain);
        return On<TRequest, TItem>(chain.Build());
    }

    /// <summary>Goes on when the handler of a request fails: after the items it has given. What it failed with is <see cref="HandlerContext.Error"/>.</summary>
    /// <param name="answer">The other answer.</param>
    /// <param name="errors">The types of errors it stands in for. Default: all but those of the domain itself (<see cref="ProteanException"/>). While the circuit is broken, it always does.</param>
    public StreamHandlerBuilder Fallback<TRequest, TItem>(Func<TRequest, HandlerContext, IAsyncEnumerable<TItem>> answer, params IReadOnlyList<Type> errors) where TRequest : IStreamRequest<TItem>
    {
        ArgumentNullException.ThrowIfNull(answer);
        Falls(typeof(TRequest), errors);
        Fallbacks.Add(new StreamBinding<TItem>(typeof(TRequest), DisplayName, (request, context) => answer((TRequest)request, context)));
        return this;
    }
}
