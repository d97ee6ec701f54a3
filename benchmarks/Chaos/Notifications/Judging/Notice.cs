namespace Protean.Benchmarks.Chaos.Notifications.Judging;

/// <summary>A notification: what it is in the log, and on the wire as well.</summary>
/// <param name="Id">The id that it has in the log, and outside.</param>
/// <param name="Stream">What it is to stay in order with.</param>
/// <param name="Number">Its place there, from 0.</param>
internal readonly record struct Notice(Guid Id, string Stream, long Number)
{
    /// <summary>What is written down of it.</summary>
    public string Entry => $"{Stream}/{Number}";
}
