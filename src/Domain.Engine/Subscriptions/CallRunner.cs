using System.Runtime.ExceptionServices;
using Polly;

namespace Protean.Engine;

/// <summary>Runs one call of a handler: through its pipeline, and within its time.</summary>
internal sealed class CallRunner(EngineContext engine, Subscription subscription, Staging staging)
{
    /// <summary>Calls a method. Its effects are staged when it returns, and none when it throws.</summary>
    public async ValueTask RunAsync(Call call, Message message, CancellationToken cancellationToken)
    {
        CallEffects effects;
        if (call.Guard is { } guard)
        {
            effects = await GuardedAsync(guard, call, message, cancellationToken).ConfigureAwait(false);
        }
        else if (subscription.Pipeline is { } pipeline)
        {
            effects = await ExecuteAsync(pipeline, new(call, message), cancellationToken).ConfigureAwait(false);
        }
        else
        {
            effects = staging.Call();
            await InvokeAsync(call, message, null, effects, cancellationToken).ConfigureAwait(false);
        }

        await staging.AddAsync(effects.Take(), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Tells the error handlers of a failure. Their effects are staged; what they throw is logged and goes no further.</summary>
    public async ValueTask ReactAsync(Call call, Exception error, Message message, CancellationToken cancellationToken)
    {
        var effects = staging.Call();
        try
        {
            await ReactAsync(call, error, message, effects, cancellationToken).ConfigureAwait(false);
        }
        catch (HandlerTimeoutException late)
        {
            engine.Domain.Log.ErrorHandlerFailed(late, subscription.ShortName, message.Type, message.Id);
            return;
        }

        await staging.AddAsync(effects.Take(), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Around the pipeline: the fallback stands in for a call that has failed for good, and is itself called once.</summary>
    private ValueTask<CallEffects> GuardedAsync(HandlerGuard guard, Call call, Message message, CancellationToken cancellationToken) => engine.Domain.Guards.RunAsync(
        guard,
        failed => failed is null && subscription.Pipeline is { } pipeline
            ? ExecuteAsync(pipeline, new(call, message), cancellationToken)
            : OnceAsync(call, message, failed, cancellationToken),
        cancellationToken);

    private async ValueTask<CallEffects> OnceAsync(Call call, Message message, Exception? failed, CancellationToken cancellationToken)
    {
        var effects = staging.Call();
        await InvokeAsync(call, message, failed, effects, cancellationToken).ConfigureAwait(false);
        return effects;
    }

    private async ValueTask<CallEffects> ExecuteAsync(ResiliencePipeline pipeline, Tries tries, CancellationToken cancellationToken)
    {
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        try
        {
            context.Properties.Set(CallPipeline.Deadline, tries.Message.Metadata.Deadline);
            return await pipeline.ExecuteAsync((c, state) => TryAsync(state, c.CancellationToken), context, tries).ConfigureAwait(false);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private async ValueTask<CallEffects> TryAsync(Tries tries, CancellationToken cancellationToken)
    {
        // Whatever repeats it, nothing is begun again after the deadline.
        if (tries.LastError is { } last && tries.Message.Metadata.Deadline < engine.Time.GetUtcNow())
            last.Throw();
        try
        {
            return await OnceAsync(tries.Call, tries.Message, null, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            tries.LastError = ExceptionDispatchInfo.Capture(error);
            throw;
        }
    }

    // None of these is async itself: what a handler throws would be thrown once more for each method it passes through.
    private ValueTask InvokeAsync(Call call, Message message, Exception? failed, CallEffects effects, CancellationToken cancellationToken) =>
        subscription.Settings.TimeLimit is { } limit
            ? InvokeWithinAsync(limit, call, message, failed, effects, cancellationToken)
            : call.InvokeAsync(message, failed, effects.Workspace, cancellationToken);

    private ValueTask ReactAsync(Call call, Exception error, Message message, CallEffects effects, CancellationToken cancellationToken) =>
        subscription.Settings.TimeLimit is { } limit
            ? WithinAsync(limit, call, effects, token => call.ReactAsync(error, message, effects.Workspace, token), cancellationToken)
            : call.ReactAsync(error, message, effects.Workspace, cancellationToken);

    /// <summary>Apart, so that only who has a time limit pays for the lambda.</summary>
    private ValueTask InvokeWithinAsync(TimeSpan limit, Call call, Message message, Exception? failed, CallEffects effects, CancellationToken cancellationToken) =>
        WithinAsync(limit, call, effects, token => call.InvokeAsync(message, failed, effects.Workspace, token), cancellationToken);

    private async ValueTask WithinAsync(TimeSpan limit, Call call, CallEffects effects, Func<CancellationToken, ValueTask> run, CancellationToken cancellationToken)
    {
        using var expired = new CancellationTokenSource(limit, engine.Time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(expired.Token, cancellationToken);
        // On a thread of its own: a handler that blocks must not keep its limit from being seen.
        var running = Task.Run(() => run(linked.Token).AsTask(), CancellationToken.None);
        try
        {
            await running.WaitAsync(linked.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (linked.IsCancellationRequested)
        {
            // Whatever it still does is refused, and nobody is left to hear of it.
            await effects.CloseAsync().ConfigureAwait(false);
            _ = running.ContinueWith(static task => task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            if (cancellationToken.IsCancellationRequested)
                throw;
            throw new HandlerTimeoutException(subscription.ShortName, call.Method, limit);
        }
    }

    /// <summary>The tries of one call within its pipeline.</summary>
    private sealed record Tries(Call Call, Message Message)
    {
        public ExceptionDispatchInfo? LastError { get; set; }
    }
}

/// <summary>A handler took longer than its time limit. What it did was thrown away, and what it still does is refused.</summary>
public sealed class HandlerTimeoutException(string handler, string method, TimeSpan limit)
    : ProteanException($"{handler}.{method} took longer than its time limit of {limit.TotalSeconds:0.###} s, so it was ended: let it do less, pass context.CancellationToken on, or raise the limit.")
{
    /// <summary>The name of the handler.</summary>
    public string Handler { get; } = handler;

    internal override bool IsOfTheDomain => false;
}
