using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Protean;

/// <summary>What can be seen from outside: an <see cref="ActivitySource"/> and a <see cref="Meter"/>, both named <c>Protean</c>.</summary>
internal static class Telemetry
{
    public const string Name = "Protean";

    public static readonly ActivitySource Source = new(Name);
    public static readonly Meter Meter = new(Name);

    public static readonly Counter<long> Handled = Meter.CreateCounter<long>("protean.handled", "{message}", "Messages that a handler has handled.");
    public static readonly Counter<long> Failed = Meter.CreateCounter<long>("protean.failed", "{message}", "Messages that a handler has failed on, after its retries.");
    public static readonly Counter<long> Retried = Meter.CreateCounter<long>("protean.retried", "{attempt}", "Repetitions after a conflict.");
    public static readonly Counter<long> FellBack = Meter.CreateCounter<long>("protean.fallback", "{call}", "Calls of a handler that failed, or were not made because the circuit was broken, and that its fallback stood in for.");
    public static readonly Counter<long> Expired = Meter.CreateCounter<long>("protean.expired", "{command}", "Commands that were past their deadline.");
    public static readonly Counter<long> UnknownMembers = Meter.CreateCounter<long>("protean.unknown_members", "{member}", "Members of stored JSON that the type of today does not know.");
    public static readonly Counter<long> Appended = Meter.CreateCounter<long>("protean.appended", "{message}", "Messages that were committed.");
    public static readonly Histogram<double> HandlerDuration = Meter.CreateHistogram<double>("protean.handler.duration", "s", "How long a handler takes, its commit included.");

    public static readonly Histogram<double> MessageDuration = Meter.CreateHistogram<double>("protean.message.duration", "s", "How long a handler takes with a message, without its commit.");

    public static readonly Counter<long> Dead = Meter.CreateCounter<long>("protean.dead", "{message}", "Failed deliveries that are tried no more and kept as dead letters.");
    public static readonly Counter<long> Recovered = Meter.CreateCounter<long>("protean.recovered", "{message}", "Failed deliveries that a later try has succeeded on.");
    public static readonly Counter<long> Parked = Meter.CreateCounter<long>("protean.parked", "{message}", "Messages that wait behind a failed one.");
    public static readonly Counter<long> Halted = Meter.CreateCounter<long>("protean.halted", "{partition}", "Partitions that have stopped at a failure until they are resumed.");
    public static readonly Counter<long> StoreFailures = Meter.CreateCounter<long>("protean.store.failures", "{failure}", "Calls of the store that failed for the engine, and are tried again.");
    public static readonly Counter<long> BrokerFailures = Meter.CreateCounter<long>("protean.broker.failures", "{failure}", "Calls of the broker that failed for the engine, and are tried again.");
    public static readonly Counter<long> Inbox = Meter.CreateCounter<long>("protean.inbox", "{message}", "Messages that a subscriber got from the broker: kept, a duplicate, passed over, or rejected.");
    public static readonly Counter<long> Streamed = Meter.CreateCounter<long>("protean.streamed", "{message}", "Messages of a handler that the broker feeds, on their way to it: brought by the broker, or read from the store.");
    public static readonly Histogram<long> CommitMessages = Meter.CreateHistogram<long>("protean.commit.messages", "{message}", "How many messages share a commit of the engine.");
    public static readonly Histogram<double> DeliveryLatency = Meter.CreateHistogram<double>("protean.delivery.latency", "s", "From the time of a message until its handler has returned.");

    public static readonly Counter<long> BusPublished = Meter.CreateCounter<long>("protean.bus.published", "{event}", "Events that were published on the event bus.");
    public static readonly Counter<long> BusHandled = Meter.CreateCounter<long>("protean.bus.handled", "{event}", "Events that a subscriber of the event bus has handled.");
    public static readonly Counter<long> BusFailed = Meter.CreateCounter<long>("protean.bus.failed", "{event}", "Events that a subscriber of the event bus has failed on.");

    public static KeyValuePair<string, object?> Of(string handler) => new("protean.handler", handler);

    /// <summary>The category of an event. The names are constants, so that a tag costs nothing.</summary>
    public static KeyValuePair<string, object?> Of(EventCategory? category) => new("protean.event.category", category?.Text());

    public static Activity? Start(string operation, string name, ActivityKind kind = ActivityKind.Internal) =>
        Source.HasListeners() ? Source.StartActivity($"{operation} {name}", kind) : null;

    /// <summary>Starts what a message has set off: within what goes on, or else within what has recorded the message.</summary>
    public static Activity? Start(string operation, string name, Message cause)
    {
        if (!Source.HasListeners())
            return null;
        ActivityContext parent = default;
        if (Activity.Current is null)
            ActivityContext.TryParse(cause.Metadata.TraceParent, null, isRemote: true, out parent);
        return Source.StartActivity($"{operation} {name}", ActivityKind.Internal, parent);
    }

    /// <summary>Starts what somebody has set off elsewhere, who may have ended.</summary>
    public static Activity? StartWithin(string operation, string name, in ActivityContext parent) =>
        Source.HasListeners() ? Source.StartActivity($"{operation} {name}", ActivityKind.Internal, parent) : null;
}
