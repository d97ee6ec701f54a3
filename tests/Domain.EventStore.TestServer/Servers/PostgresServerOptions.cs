namespace Protean.EventStore.TestServer;

/// <summary>What a <see cref="PostgresServer"/> is started with.</summary>
public sealed class PostgresServerOptions
{
    /// <summary>Whether committed data survives a crash. Default false: nothing is synced to disk, which is faster. True leaves PostgreSQL's own defaults.</summary>
    public bool Durable { get; init; }

    /// <summary>How many connections the server accepts at once. Default 200.</summary>
    public int MaxConnections { get; init; } = 200;

    /// <summary>The locale of the cluster, as <c>initdb --locale</c> takes it. Default <c>C</c>, which every machine has; the encoding is always UTF-8.</summary>
    public string Locale { get; init; } = "C";

    /// <summary>Further lines for <c>postgresql.conf</c>. They win over everything else.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>The directory with <c>initdb</c>, <c>pg_ctl</c> and <c>postgres</c>. Default null: where distributions put them.</summary>
    public string? BinaryDirectory { get; init; }
}
