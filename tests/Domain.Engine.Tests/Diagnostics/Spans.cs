using System.Collections.Concurrent;
using System.Diagnostics;

namespace Protean.Tests.Diagnostics;

/// <summary>Keeps the spans that have to do with some handlers, whatever other tests run at the same time.</summary>
internal sealed class Spans : IDisposable
{
    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityListener _listener;

    public Spans()
    {
        _listener = new()
        {
            ShouldListenTo = source => source.Name == "Protean",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public IReadOnlyList<Activity> Of(string name) => [.. _ended.Where(a => a.DisplayName == name)];

    public void Dispose() => _listener.Dispose();
}
