using System.Diagnostics;

namespace Protean;

/// <summary>Measures how long handlers take, without their commit, by type of message and by how they end.</summary>
internal sealed class MetricsMiddleware : IMessageMiddleware
{
    public ValueTask InvokeAsync(object message, HandlerContext context, Func<ValueTask> next) =>
        Telemetry.MessageDuration.Enabled ? MeasureAsync(message, context, next) : next();

    private static async ValueTask MeasureAsync(object message, HandlerContext context, Func<ValueTask> next)
    {
        var started = context.Time.GetTimestamp();
        var outcome = "failed";
        try
        {
            await next().ConfigureAwait(false);
            outcome = "handled";
        }
        catch (OperationCanceledException) when (context.CancellationToken.IsCancellationRequested)
        {
            outcome = "cancelled";
            throw;
        }
        finally
        {
            Telemetry.MessageDuration.Record(
                context.Time.GetElapsedTime(started).TotalSeconds,
                new TagList { { "protean.message", message.GetType().Name }, { "protean.handler", context.HandlerName }, { "protean.outcome", outcome } });
        }
    }
}
