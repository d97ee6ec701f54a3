namespace Protean.Engine;

/// <summary>When the lag of a node counts as bad. Whatever is exceeded first counts; none never does.</summary>
public sealed class EngineHealthOptions
{
    /// <summary>The lag of a partition, in positions of the log, above which the node is degraded. Default: 10,000.</summary>
    public long? DegradedLag { get; set; } = 10_000;

    /// <summary>The lag of a partition, in positions of the log, above which the node is unhealthy. Default: none, since catching up over a long log is no illness.</summary>
    public long? UnhealthyLag { get; set; }

    /// <summary>The age of the oldest unhandled message above which the node is degraded. Default: 1 minute.</summary>
    public TimeSpan? DegradedAge { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The age of the oldest unhandled message above which the node is unhealthy. Default: none.</summary>
    public TimeSpan? UnhealthyAge { get; set; }

    internal void Check()
    {
        if (DegradedLag < 0 || UnhealthyLag < 0 || DegradedAge < TimeSpan.Zero || UnhealthyAge < TimeSpan.Zero)
            throw new ArgumentOutOfRangeException(nameof(EngineHealthOptions), "A limit of the lag check is below zero: leave it out, or set it to none, if it is never to be exceeded.");
        if (UnhealthyLag < DegradedLag || UnhealthyAge < DegradedAge)
            throw new ArgumentOutOfRangeException(nameof(EngineHealthOptions), "The lag check would be unhealthy before it is degraded: let the unhealthy limits be the higher ones, or set the degraded ones to none.");
    }
}
