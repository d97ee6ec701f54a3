namespace Protean.EventStore.TestServer;

/// <summary>A private server could not be made, started or stopped, or a named one cannot be used.</summary>
public sealed class PostgresServerException(string message, Exception? inner = null) : Exception(message, inner);
