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
    public static readonly Counter<long> Expired = Meter.CreateCounter<long>("protean.expired", "{command}", "Commands that were past their deadline.");
    public static readonly Counter<long> UnknownMembers = Meter.CreateCounter<long>("protean.unknown_members", "{member}", "Members of stored JSON that the type of today does not know.");
    public static readonly Counter<long> Appended = Meter.CreateCounter<long>("protean.appended", "{message}", "Messages that were committed.");
    public static readonly Histogram<double> HandlerDuration = Meter.CreateHistogram<double>("protean.handler.duration", "s", "How long a handler takes, its commit included.");

    public static Activity? Start(string operation, string name, ActivityKind kind = ActivityKind.Internal) =>
        Source.HasListeners() ? Source.StartActivity($"{operation} {name}", kind) : null;
}
