namespace Protean;

/// <summary>
/// Wraps every handler of commands, queries, streams and events. The first that was added is outermost. Around a stream, <c>next</c> returns when its last item
/// was taken or its consumer stops.
/// </summary>
public interface IMessageMiddleware
{
    /// <summary>Does what is to be done before, calls <paramref name="next"/> once, and does what is to be done after. To stop the message, throw.</summary>
    /// <param name="message">The command, query, streaming request or event.</param>
    /// <param name="context">What the handler works with: its unit of work is not committed yet when <paramref name="next"/> returns, but for a stream.</param>
    /// <param name="next">Goes on, in the end to the handler.</param>
    ValueTask InvokeAsync(object message, HandlerContext context, Func<ValueTask> next);
}
