using System.Collections.Concurrent;
using System.Diagnostics;

namespace Protean.Tests.Processing;

/// <summary>Keeps the activities of the test that makes it, whatever other tests run at the same time.</summary>
public sealed class Spans : IDisposable
{
    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityListener _listener;
    private readonly Activity _test = new Activity("test").SetIdFormat(ActivityIdFormat.W3C).Start();

    public Spans()
    {
        _listener = new()
        {
            ShouldListenTo = source => source.Name == "Protean",
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                options.Parent.TraceId == _test.TraceId ? ActivitySamplingResult.AllData : ActivitySamplingResult.None,
            // Those that the listener of another test wanted end here, too.
            ActivityStopped = activity =>
            {
                if (activity.TraceId == _test.TraceId)
                    _ended.Enqueue(activity);
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public IReadOnlyList<Activity> Ended => [.. _ended];

    public void Dispose()
    {
        _listener.Dispose();
        _test.Dispose();
    }
}
