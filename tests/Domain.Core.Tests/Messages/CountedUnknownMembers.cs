using System.Diagnostics.Metrics;

namespace Protean.Tests.Messages;

/// <summary>What the meter says of the unknown members of one type, while it is listened to.</summary>
internal sealed class CountedUnknownMembers : IDisposable
{
    private readonly MeterListener _listener = new();
    private long _total;

    public CountedUnknownMembers(string type)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument is { Meter.Name: "Protean", Name: "protean.unknown_members" })
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((_, measurement, tags, _) =>
        {
            foreach (var tag in tags)
            {
                if (tag is { Key: "protean.type", Value: string name } && name == type)
                    Interlocked.Add(ref _total, measurement);
            }
        });
        _listener.Start();
    }

    public long Total => Interlocked.Read(ref _total);

    public void Dispose() => _listener.Dispose();
}
