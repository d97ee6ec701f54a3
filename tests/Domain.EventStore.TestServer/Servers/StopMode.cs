namespace Protean.EventStore.TestServer;

/// <summary>How a <see cref="PostgresServer"/> is stopped.</summary>
public enum StopMode
{
    /// <summary>Ends the sessions, writes a checkpoint and stops.</summary>
    Fast,

    /// <summary>Stops as in a crash: the next start recovers from the log.</summary>
    Immediate,
}
