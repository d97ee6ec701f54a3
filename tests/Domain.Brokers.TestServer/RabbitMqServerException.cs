namespace Protean.Brokers.TestServer;

/// <summary>A private server could not be started or stopped.</summary>
public sealed class RabbitMqServerException(string message, Exception? inner = null) : Exception(message, inner);
