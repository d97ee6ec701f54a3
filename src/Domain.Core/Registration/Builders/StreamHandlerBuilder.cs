namespace Protean;

/// <summary>Declares a handler of requests that are answered item by item.</summary>
public sealed class StreamHandlerBuilder : HandlerBuilder<StreamHandlerBuilder>
{
    internal StreamHandlerBuilder(DomainBuilder domain)
        : base(domain)
    {
    }

    internal List<StreamBinding> Lambdas { get; } = [];

    internal override string DisplayName => NameOr("(stream handler)");

    /// <summary>Answers a request item by item. What was changed before an item is committed, and handled inline, before the caller gets the item.</summary>
    public StreamHandlerBuilder On<TRequest, TItem>(Func<TRequest, HandlerContext, IAsyncEnumerable<TItem>> answer) where TRequest : IStreamRequest<TItem>
    {
        ArgumentNullException.ThrowIfNull(answer);
        Lambdas.Add(new StreamBinding<TItem>(typeof(TRequest), DisplayName, (request, context) => answer((TRequest)request, context)));
        return this;
    }
}
