namespace Protean.Brokers;

/// <summary>The broker is away, or does not answer. Nothing is lost: what was not confirmed is published again, and what was not settled comes again.</summary>
public sealed class BrokerUnavailableException : ProteanException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="broker">The name of the broker.</param>
    /// <param name="problem">What is wrong.</param>
    /// <param name="innerException">What the driver said.</param>
    public BrokerUnavailableException(string broker, string problem, Exception? innerException = null)
        : base($"{broker} cannot be reached: {problem}.", innerException) =>
        Broker = broker;

    /// <summary>The name of the broker.</summary>
    public string Broker { get; }

    /// <inheritdoc/>
    public override bool IsTransient => true;
}
