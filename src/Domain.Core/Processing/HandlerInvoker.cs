using System.Diagnostics;
using Protean.Storage;

namespace Protean;

/// <summary>Calls one method of an event handler on one message, in a unit of work of its own.</summary>
internal sealed class HandlerInvoker(Domain domain)
{
    /// <summary>Calls the method, on fresh state after each conflict, and commits what it did.</summary>
    /// <param name="handler">The handler.</param>
    /// <param name="method">Its method.</param>
    /// <param name="message">The message.</param>
    /// <param name="depth">How many events lie before it within the call.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <param name="workspace">Where the Engine takes its effects; none is the store.</param>
    /// <param name="scope">The services of the call.</param>
    /// <param name="failed">What the method failed with, when the Engine calls its fallback.</param>
    /// <returns>The messages it raised that inline handlers want.</returns>
    public async ValueTask<IReadOnlyList<Message>> HandleAsync(
        EventHandlerModel handler, HandlerMethod method, Message message, int depth, CancellationToken cancellationToken, Workspace? workspace = null, CallScope? scope = null, Exception? failed = null)
    {
        using var activity = Telemetry.Start("handler", handler.Name, message);
        var started = Telemetry.HandlerDuration.Enabled ? Stopwatch.GetTimestamp() : 0;
        try
        {
            var (_, raised) = await domain.Runner.RunAsync(new MethodExecution(handler, method, message, depth) { Workspace = workspace, Scope = scope, Error = failed }, cancellationToken).ConfigureAwait(false);
            Count(Telemetry.Handled, handler, message);
            if (started > 0)
                Telemetry.HandlerDuration.Record(Stopwatch.GetElapsedTime(started).TotalSeconds, Telemetry.Of(handler.Name), Telemetry.Of(message.EventCategory));
            return raised;
        }
        catch (DuplicateKeyException e) when (handler.IsDurable && workspace is null && handler.DurableNames.Contains(e.Scope))
        {
            // The engine was faster with this one.
            return [];
        }
        catch (Exception e) when (IsNoted(activity, e))
        {
            throw;
        }
    }

    /// <summary>Logs a failure and tells the handler of it.</summary>
    /// <returns>The messages that inline handlers want of those its reaction raised.</returns>
    public ValueTask<IReadOnlyList<Message>> ReactAsync(
        EventHandlerModel handler, HandlerMethod method, Exception error, Message message, int depth, CancellationToken cancellationToken, Workspace? workspace = null, CallScope? scope = null)
    {
        domain.Log.HandlerFailed(error, handler.Name, method.Name, message.Type, message.Id, message.EventCategory);
        Count(Telemetry.Failed, handler, message);
        return ReactAsync(handler.ErrorHandlers, handler.Name, error, message, depth, cancellationToken, workspace, scope);
    }

    public async ValueTask<IReadOnlyList<Message>> ReactAsync(
        IReadOnlyList<InvokeErrorHandler> errorHandlers, string handler, Exception error, Message message, int depth, CancellationToken cancellationToken, Workspace? workspace = null, CallScope? scope = null)
    {
        List<Message> raised = [];
        foreach (var react in errorHandlers)
        {
            var unit = new UnitOfWork(domain, message, depth: depth, workspace: workspace, scope: scope);
            try
            {
                var context = new HandlerContext(unit, message, handler, cancellationToken);
                await using (context)
                {
                    await react(error, message, context).ConfigureAwait(false);
                    raised.AddRange(await unit.SaveAsync(cancellationToken).ConfigureAwait(false));
                }
            }
            catch (Exception e)
            {
                domain.Log.ErrorHandlerFailed(e, handler, message.Type, message.Id);
            }
            finally
            {
                unit.End("its error handler has returned");
            }
        }

        return raised;
    }

    /// <summary>Notes a failure on its way: caught and thrown again it would cost more.</summary>
    /// <returns>Never that it is to be caught.</returns>
    private static bool IsNoted(Activity? activity, Exception error)
    {
        activity?.SetStatus(ActivityStatusCode.Error, error.GetType().Name);
        return false;
    }

    private static void Count(System.Diagnostics.Metrics.Counter<long> counter, EventHandlerModel handler, Message message) =>
        counter.Add(1, Telemetry.Of(handler.Name), Telemetry.Of(message.EventCategory));

    private sealed class MethodExecution(EventHandlerModel handler, HandlerMethod method, Message message, int depth)
        : Execution<Nothing>(handler.Name, handler.Retry, message, depth)
    {
        public override HandlerGuard? Guard => method.Guard;

        public override ValueTask<Nothing> InvokeAsync(HandlerContext context) => method.InvokeAsync(Message.Payload, context);

        public override void Contribute(UnitExtras extras, Nothing result)
        {
            // What was published and not recorded has no place in the log that could be marked.
            if (handler.IsDurable && Workspace is null && Message.GlobalPosition > 0)
                extras.Marks = [.. handler.DurableNames.Select(name => new HandledMark(name, method.Name, Message.GlobalPosition))];
        }
    }
}
