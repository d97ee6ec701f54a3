namespace Protean;

/// <summary>Declares the handlers of a request that are asked in turn, all in one unit of work, until one answers.</summary>
/// <typeparam name="TRequest">The command, query or streaming request.</typeparam>
/// <typeparam name="TAnswer">What a handler of it returns.</typeparam>
public sealed class ChainBuilder<TRequest, TAnswer>
{
    private readonly DomainBuilder _domain;
    private readonly TAnswer _nobody;
    private readonly List<Func<TRequest, HandlerContext, Func<TAnswer>, TAnswer>> _links = [];
    private bool _isClosed;

    internal ChainBuilder(DomainBuilder domain, TAnswer nobody)
    {
        _domain = domain;
        _nobody = nobody;
    }

    /// <summary>Asks an object of a class, made anew for each call with its dependencies.</summary>
    public ChainBuilder<TRequest, TAnswer> Use<TLink>() where TLink : class, IChainLink<TRequest, TAnswer>
    {
        _domain.AddLinkClass(typeof(TLink));
        var make = HandlerClass.Activator(typeof(TLink));
        return Then((request, context, next) => ((TLink)make(context)).HandleAsync(request, context, next));
    }

    /// <summary>Asks what answers, or returns what <c>next</c> returns.</summary>
    public ChainBuilder<TRequest, TAnswer> Then(Func<TRequest, HandlerContext, Func<TAnswer>, TAnswer> link)
    {
        ArgumentNullException.ThrowIfNull(link);
        if (_isClosed)
            _domain.AddProblem($"The chain for {typeof(TRequest).Name} goes on after Else(…), which answers everything that reaches it: put Else(…) last.");
        _links.Add(link);
        return this;
    }

    /// <summary>Answers what nobody before has answered. Without it the answer is a default value, nothing, or an empty stream.</summary>
    public ChainBuilder<TRequest, TAnswer> Else(Func<TRequest, HandlerContext, TAnswer> answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        Then((request, context, _) => answer(request, context));
        _isClosed = true;
        return this;
    }

    internal Func<TRequest, HandlerContext, TAnswer> Build()
    {
        if (_links.Count == 0)
            _domain.AddProblem($"The chain for {typeof(TRequest).Name} is empty: add .Use<T>(), .Then(…) or .Else(…).");
        return (request, context) => Ask(0, request, context);
    }

    private TAnswer Ask(int index, TRequest request, HandlerContext context) =>
        index == _links.Count ? _nobody : _links[index](request, context, () => Ask(index + 1, request, context));
}
