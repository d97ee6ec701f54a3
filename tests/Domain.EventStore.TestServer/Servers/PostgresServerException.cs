namespace Protean.EventStore.TestServer;

/// <summary>A private server could not be made, started or stopped; the message holds what its programs said.</summary>
public sealed class PostgresServerException(string message) : Exception(message);
