namespace Protean.Engine;

/// <summary>What a partition is doing.</summary>
public enum PartitionState
{
    /// <summary>It handles messages.</summary>
    Running,

    /// <summary>It has handled everything there is.</summary>
    Idle,

    /// <summary>It pauses after too many failures in a row.</summary>
    Paused,

    /// <summary>It has stopped at a failure, as its policy says, until somebody resumes it.</summary>
    Halted,

    /// <summary>It waits for the store to come back.</summary>
    StoreAway,

    /// <summary>It waits for the broker to come back.</summary>
    BrokerAway,

    /// <summary>Another node has it, or nobody yet.</summary>
    Elsewhere,
}
