using System.Runtime.ExceptionServices;

namespace Protean;

/// <summary>
/// Runs the inline handlers of what was committed: breadth-first, in the order of the events, of the handlers and of their methods, each
/// method in its own unit of work. What they raise is handled in the same call.
/// </summary>
internal sealed class InlineDispatcher(Domain domain)
{
    private readonly record struct Step(Message Message, int Depth);

    public ValueTask DispatchAsync(IReadOnlyList<Message> messages, int depth, CancellationToken cancellationToken) =>
        messages.Count == 0 ? ValueTask.CompletedTask : DispatchAllAsync(messages, depth, cancellationToken);

    private async ValueTask DispatchAllAsync(IReadOnlyList<Message> messages, int depth, CancellationToken cancellationToken)
    {
        List<Exception>? errors = null;
        var waiting = new Queue<Step>(messages.Count);
        Enqueue(waiting, messages, depth + 1);
        while (waiting.TryDequeue(out var step))
        {
            if (step.Depth > domain.Model.MaxEventDepth)
            {
                var error = new EventDepthExceededException(step.Message, domain.Model.MaxEventDepth);
                domain.Log.EventDepthExceeded(error, step.Message.Type, step.Message.Id);
                Fail(error, ref errors);
                continue;
            }

            foreach (var handler in domain.Model.InlineHandlersOf(step.Message.Payload.GetType()))
            {
                if (!handler.Listens(step.Message.Stream.Category, step.Message.Metadata))
                    continue;
                foreach (var method in handler.Handlers(step.Message.Payload.GetType()))
                {
                    try
                    {
                        var raised = await domain.Invoker.HandleAsync(handler, method, step.Message, step.Depth, cancellationToken).ConfigureAwait(false);
                        Enqueue(waiting, raised, step.Depth + 1);
                    }
                    catch (Exception e) when (IsCancellation(e, cancellationToken))
                    {
                        AfterCommit.MarkWith(e, "What was asked for is committed; its inline handlers were cancelled.");
                        throw;
                    }
                    catch (Exception e)
                    {
                        Enqueue(waiting, await domain.Invoker.ReactAsync(handler, method, e, step.Message, step.Depth, cancellationToken).ConfigureAwait(false), step.Depth + 1);
                        Fail(e, ref errors);
                    }
                }
            }
        }

        if (errors is not null)
            Throw(errors);
    }

    private static void Enqueue(Queue<Step> waiting, IReadOnlyList<Message> messages, int depth)
    {
        for (var i = 0; i < messages.Count; i++)
            waiting.Enqueue(new(messages[i], depth));
    }

    private static bool IsCancellation(Exception error, CancellationToken cancellationToken) =>
        error is OperationCanceledException && cancellationToken.IsCancellationRequested;

    private static void Throw(List<Exception> errors)
    {
        if (errors.Count == 1)
            ExceptionDispatchInfo.Throw(errors[0]);
        var all = new AggregateException("What was asked for is committed, but several of its inline handlers failed.", errors);
        AfterCommit.MarkWith(all, all.Message);
        throw all;
    }

    private void Fail(Exception error, ref List<Exception>? errors)
    {
        AfterCommit.MarkWith(error, "What was asked for is committed; an inline handler failed after it.");
        switch (domain.Model.InlineErrors)
        {
            case InlineErrorPolicy.FailFast:
                ExceptionDispatchInfo.Throw(error);
                break;
            case InlineErrorPolicy.Throw:
                (errors ??= []).Add(error);
                break;
        }
    }
}

/// <summary>Events followed from one another, or commands were processed within one another, without an end within one call.</summary>
public sealed class EventDepthExceededException : ProteanException
{
    /// <summary>Creates the exception for an event.</summary>
    public EventDepthExceededException(Message message, int limit)
        : base($"{message.Type} follows from {limit} events in a row within one call: handlers raise events that lead back to them. Break the loop, or raise MaxEventDepth. The last event is {message.Id} in {message.Stream}.") =>
        MessageType = message.Type;

    /// <summary>Creates the exception for a command.</summary>
    public EventDepthExceededException(Type command, int limit)
        : base($"{command.Name} is processed within {limit} other commands: handlers process commands that lead back to them. Break the loop, or raise MaxEventDepth.") =>
        MessageType = command.Name;

    /// <summary>The type of the message that was one too many.</summary>
    public string MessageType { get; }
}
