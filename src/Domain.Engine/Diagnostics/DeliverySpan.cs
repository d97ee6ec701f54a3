using System.Diagnostics;

namespace Protean.Engine;

/// <summary>
/// The span of one delivery. It is linked to what recorded the message and, while that is recent, part of the same trace, so that one trace shows
/// what a request has led to. What is delivered long after, in a rebuild or a replay, begins a trace of its own: the old one is closed.
/// </summary>
internal static class DeliverySpan
{
    private static readonly TimeSpan Recent = TimeSpan.FromHours(1);

    /// <returns>The span; nothing if nobody listens, and then nothing is allocated.</returns>
    public static Activity? Start(Subscription subscription, int partition, Message message, DateTimeOffset now, int? retry = null)
    {
        if (!Telemetry.Source.HasListeners())
            return null;
        KeyValuePair<string, object?>[] tags =
        [
            Telemetry.Of(subscription.ShortName),
            new("protean.partition", partition),
            new("protean.message.type", message.Type),
            new("protean.message.id", message.Id.ToString()),
            new("protean.stream", message.Stream.Value),
            new("protean.global_position", message.GlobalPosition),
        ];
        var isKnown = ActivityContext.TryParse(message.Metadata.TraceParent, null, isRemote: true, out var recorded);
        var span = Telemetry.Source.StartActivity(
            $"deliver {subscription.ShortName} {message.Type}",
            ActivityKind.Consumer,
            isKnown && now - message.Time < Recent ? recorded : default,
            tags,
            isKnown ? [new(recorded)] : null);
        if (retry is not null)
            span?.SetTag("protean.retry", retry);
        return span;
    }

    public static void Failed(this Activity span, Exception error) => span.SetStatus(ActivityStatusCode.Error, error.GetType().Name);
}
