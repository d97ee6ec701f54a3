namespace Protean;

/// <summary>Calls a handler in a unit of work of its own and commits what it did; on fresh state again after each conflict.</summary>
internal sealed class UnitRunner(Domain domain)
{
    /// <returns>What the handler returned, or its fallback, and the messages it raised that inline handlers want.</returns>
    public ValueTask<(TResult Result, IReadOnlyList<Message> Raised)> RunAsync<TResult>(Execution<TResult> execution, CancellationToken cancellationToken) =>
        execution.Guard is null || execution.Workspace is not null ? RunUnitAsync(execution, cancellationToken) : RunGuardedAsync(execution, execution.Guard, cancellationToken);

    private ValueTask<(TResult Result, IReadOnlyList<Message> Raised)> RunGuardedAsync<TResult>(Execution<TResult> execution, HandlerGuard guard, CancellationToken cancellationToken) =>
        domain.Guards.RunAsync(
            guard,
            error =>
            {
                execution.Error = error;
                return RunUnitAsync(execution, cancellationToken);
            },
            cancellationToken);

    private async ValueTask<(TResult Result, IReadOnlyList<Message> Raised)> RunUnitAsync<TResult>(Execution<TResult> execution, CancellationToken cancellationToken)
    {
        var message = execution.Message;
        for (var attempt = 1; ; attempt++)
        {
            var unit = new UnitOfWork(domain, message, depth: execution.Depth, workspace: execution.Workspace, scope: execution.Scope);
            try
            {
                var context = new HandlerContext(unit, message, execution.Handler, cancellationToken) { Error = execution.Error };
                await using (context)
                {
                    execution.IsBegun = true;
                    var result = await InvokeAsync(execution, context).ConfigureAwait(false);
                    execution.Contribute(unit.Extras, result);
                    var raised = await unit.SaveAsync(cancellationToken).ConfigureAwait(false);
                    execution.IsCommitted = true;
                    return (result, raised);
                }
            }
            catch (ProteanException e) when (!execution.IsCommitted && CanRepeat(e, execution, attempt))
            {
                domain.Log.RetryingAfterConflict(execution.Handler, message.Type, message.Id, attempt, e.Message);
                Telemetry.Retried.Add(1, new KeyValuePair<string, object?>("protean.handler", execution.Handler));
                domain.Generations.Forget();
            }
            catch (Exception e) when (IsMarkedAs(execution.IsCommitted, e))
            {
                throw;
            }
            finally
            {
                unit.End("its handler has returned");
            }

            // Services that remember something remember the state that was not fresh.
            if (ReferenceEquals(execution.Scope, execution))
                await execution.RenewAsync().ConfigureAwait(false);
            await Task.Delay(execution.Retry.DelayBefore(attempt), domain.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Says on an error on its way whether it came after the commit: caught and thrown again it would cost more.</summary>
    /// <returns>Never that it is to be caught.</returns>
    private static bool IsMarkedAs(bool committed, Exception error)
    {
        if (committed)
            AfterCommit.MarkWith(error, "What was asked for is committed; something failed when its services were disposed.");
        else
            AfterCommit.Unmark(error);
        return false;
    }

    private ValueTask<TResult> InvokeAsync<TResult>(Execution<TResult> execution, HandlerContext context) => domain.Model.Middleware.Count == 0 || !execution.IsWrapped
        ? execution.InvokeAsync(context)
        : InvokeThroughAsync(execution, context);

    /// <summary>Apart, so that only a domain with middleware pays for the lambda.</summary>
    private ValueTask<TResult> InvokeThroughAsync<TResult>(Execution<TResult> execution, HandlerContext context) =>
        MiddlewareChain.InvokeAsync(domain.Model.Middleware, execution.Message.Payload, context, (_, c) => execution.InvokeAsync(c));

    private bool CanRepeat<TResult>(ProteanException error, Execution<TResult> execution, int attempt) =>
        Conflicts.CanRetry(error)
        && attempt <= execution.Retry.Count
        && (execution.Message.Metadata.Deadline is not { } deadline || domain.Time.GetUtcNow() + execution.Retry.DelayBefore(attempt) <= deadline);
}
