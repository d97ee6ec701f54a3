namespace Protean.Brokers.TestServer;

/// <summary>How a <see cref="RabbitMqServer"/> is stopped.</summary>
public enum StopMode
{
    /// <summary>Closes the connections and stops.</summary>
    Fast,

    /// <summary>Stops as in a crash.</summary>
    Immediate,
}
