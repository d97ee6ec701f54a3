using Microsoft.Extensions.Logging;

namespace Protean;

/// <summary>Logs when a handler begins, how it ends and how long it took, under its name. Payloads are not logged.</summary>
internal sealed partial class LoggingMiddleware : IMessageMiddleware
{
    public async ValueTask InvokeAsync(object message, HandlerContext context, Func<ValueTask> next)
    {
        var name = message.GetType().Name;
        Begins(context.Logger, name);
        var started = context.Time.GetTimestamp();
        try
        {
            await next().ConfigureAwait(false);
            Ended(context.Logger, name, context.Time.GetElapsedTime(started).TotalMilliseconds);
        }
        catch (OperationCanceledException) when (context.CancellationToken.IsCancellationRequested)
        {
            WasCancelled(context.Logger, name, context.Time.GetElapsedTime(started).TotalMilliseconds);
            throw;
        }
        catch (Exception e)
        {
            Failed(context.Logger, e.GetType().Name, name, context.Time.GetElapsedTime(started).TotalMilliseconds);
            throw;
        }
    }

    [LoggerMessage(1020, LogLevel.Debug, "{Message} begins")]
    private static partial void Begins(ILogger logger, string message);

    [LoggerMessage(1021, LogLevel.Information, "{Message} was handled in {Milliseconds:0.###} ms")]
    private static partial void Ended(ILogger logger, string message, double milliseconds);

    [LoggerMessage(1022, LogLevel.Information, "{Message} was cancelled after {Milliseconds:0.###} ms")]
    private static partial void WasCancelled(ILogger logger, string message, double milliseconds);

    // The error itself is for whoever handles it: here it would be logged twice.
    [LoggerMessage(1023, LogLevel.Warning, "{Error}: {Message} failed after {Milliseconds:0.###} ms")]
    private static partial void Failed(ILogger logger, string error, string message, double milliseconds);
}
