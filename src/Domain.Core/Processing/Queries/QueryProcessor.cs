namespace Protean;

/// <summary>Takes a query to its handler.</summary>
internal sealed class QueryProcessor(Domain domain)
{
    public async Task<TResult> ProcessAsync<TResult>(IQuery<TResult> query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        await domain.EnsureStartedAsync(cancellationToken).ConfigureAwait(false);
        if (!domain.Model.Queries.TryGetValue(query.GetType(), out var binding))
            throw new HandlerNotFoundException(query.GetType(), domain.Model.Name);
        using var activity = Telemetry.Start("query", query.GetType().Name);
        return binding.Guard is { } guard
            ? await domain.Guards.RunAsync(guard, error => AnswerAsync((QueryBinding<TResult>)binding, query, error, cancellationToken), cancellationToken).ConfigureAwait(false)
            : await AnswerAsync((QueryBinding<TResult>)binding, query, null, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<TResult> AnswerAsync<TResult>(QueryBinding<TResult> binding, object query, Exception? error, CancellationToken cancellationToken)
    {
        var unit = new UnitOfWork(domain, HandlerContext.Current?.Cause, readOnly: true, HandlerContext.Current?.Depth ?? 0, scope: HandlerContext.UnitIn(domain)?.Scope);
        var context = new HandlerContext(unit, null, binding.HandlerName, cancellationToken) { Error = error };
        await using (context)
        {
            try
            {
                return await MiddlewareChain.InvokeAsync(domain.Model.Middleware, query, context, binding.Invoke).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                // What a command left that was processed on the way is no commit of the query.
                AfterCommit.Unmark(e);
                throw;
            }
            finally
            {
                unit.End("its query is answered");
            }
        }
    }
}
