using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;

namespace Protean.Tests.Diagnostics;

/// <summary>Keeps the measurements that have a handler of some name, whatever other tests run at the same time.</summary>
internal sealed class Metrics : IDisposable
{
    private readonly ConcurrentQueue<(string Name, double Value, string Tags)> _measured = new();
    private readonly MeterListener _listener = new();

    public Metrics(params string[] handlers)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "Protean")
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Keep(instrument.Name, value, tags, handlers));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Keep(instrument.Name, value, tags, handlers));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Keep(instrument.Name, value, tags, handlers));
        _listener.Start();
    }

    public IReadOnlyList<double> Of(string name) => [.. _measured.Where(m => m.Name == name).Select(m => m.Value)];

    /// <param name="name">What was measured.</param>
    /// <param name="tags">The values of all tags, in their order.</param>
    public IReadOnlyList<double> Of(string name, string tags) => [.. _measured.Where(m => m.Name == name && m.Tags == tags).Select(m => m.Value)];

    /// <summary>What a gauge shows now, each value with its tags.</summary>
    public IReadOnlyList<string> Now(string name)
    {
        _measured.Clear();
        _listener.RecordObservableInstruments();
        return [.. _measured.Where(m => m.Name == name).Select(m => string.Create(CultureInfo.InvariantCulture, $"{m.Tags}: {m.Value}"))];
    }

    public void Dispose() => _listener.Dispose();

    private void Keep(string name, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, string[] handlers)
    {
        if (tags.Length == 0 ? name == "protean.store.failures" : tags[0].Key == "protean.handler" && handlers.Contains(tags[0].Value))
            _measured.Enqueue((name, value, string.Join(' ', tags.ToArray().Select(t => t.Value))));
    }
}
