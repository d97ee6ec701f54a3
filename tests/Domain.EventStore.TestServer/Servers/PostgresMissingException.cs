namespace Protean.EventStore.TestServer;

/// <summary>This machine has no PostgreSQL server binaries that can be used.</summary>
public sealed class PostgresMissingException : Exception
{
    internal PostgresMissingException(IEnumerable<string> searched)
        : base($"No PostgreSQL {ServerBinaries.OldestVersion} or newer was found (initdb, pg_ctl and postgres in one directory). "
            + "Install it with 'apt-get install postgresql'; "
            + "or name a running server in the environment variable PROTEAN_POSTGRES, as in 'Host=localhost;Username=protean;Password=protean;Database=protean'; "
            + "or start that one with 'docker compose up -d --wait'. "
            + $"Searched: {string.Join(", ", searched)}.")
    {
    }
}
