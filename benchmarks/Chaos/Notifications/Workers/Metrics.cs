using System.Diagnostics.Metrics;
using Protean.Benchmarks.Chaos.Notifications.Domains;
using Protean.Benchmarks.Chaos.Workers;

namespace Protean.Benchmarks.Chaos.Notifications.Workers;

/// <summary>Says what the metrics of this process tell of its inbox, of handlers that had failed before, and of the one that the broker feeds.</summary>
internal sealed class Metrics : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly Voice _voice;
    private readonly Hesitation _hesitation;

    public Metrics(Voice voice, Hesitation hesitation)
    {
        _voice = voice;
        _hesitation = hesitation;
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument is { Meter.Name: "Protean", Name: "protean.inbox" or "protean.recovered" or "protean.streamed" })
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>(Hear);
        _listener.Start();
    }

    public void Dispose() => _listener.Dispose();

    private void Hear(Instrument instrument, long count, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        if (instrument.Name == "protean.recovered")
        {
            _voice.Say(new() { Recovered = count });
        }
        else if (tags.Contains(new("protean.source", "broker")))
        {
            _voice.Say(new() { Brought = count });
        }
        else if (tags.Contains(new("protean.source", "store")))
        {
            _voice.Say(new() { FilledIn = count });
        }
        else if (tags.Contains(new("protean.outcome", "duplicate")))
        {
            _voice.Say(new() { Redelivered = count });
        }
        else if (tags.Contains(new("protean.outcome", "kept")))
        {
            _voice.Say(new() { Kept = count });
            // It is committed, and not yet acknowledged.
            _hesitation.Pause(Hesitation.OfABatch);
        }
    }
}
