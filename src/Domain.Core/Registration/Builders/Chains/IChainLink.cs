namespace Protean;

/// <summary>One of several handlers of a request that are asked in turn: it answers, or leaves the request to the next.</summary>
/// <typeparam name="TRequest">The command, query or streaming request.</typeparam>
/// <typeparam name="TAnswer">
/// What a handler of it returns: <see cref="Task"/> for a command without a result, <see cref="Task{TResult}"/> for a command or query with one, and
/// <see cref="IAsyncEnumerable{T}"/> for a stream.
/// </typeparam>
public interface IChainLink<in TRequest, TAnswer>
{
    /// <summary>Answers the request, or returns what <paramref name="next"/> returns.</summary>
    TAnswer HandleAsync(TRequest request, HandlerContext context, Func<TAnswer> next);
}
