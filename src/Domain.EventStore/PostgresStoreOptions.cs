using Npgsql;
using Protean.EventStore.Schema;

namespace Protean.EventStore;

/// <summary>How a domain uses PostgreSQL.</summary>
public sealed class PostgresStoreOptions
{
    /// <summary>The server, the database and who connects, as Npgsql writes it.</summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>Adds to the data source what a connection string cannot say: certificates, changing passwords, logging.</summary>
    public Action<NpgsqlDataSourceBuilder>? Configure { get; set; }

    /// <summary>The schema that holds the tables: lower-case letters, digits and underscores. Default: <c>protean</c>.</summary>
    public string Schema { get; set; } = "protean";

    /// <summary>
    /// Whether statements are prepared once on each connection (the default). Turn it off behind a pooler in transaction mode that does not
    /// carry prepared statements over.
    /// </summary>
    public bool PreparedStatements { get; set; } = true;

    /// <summary>Whether a connection of its own listens for commits of other processes (the default). Without it they are found by polling.</summary>
    public bool Listen { get; set; } = true;

    /// <summary>
    /// How often the head is read while somebody waits for it, whatever notifications say; five times less often while they come in. Default: a second.
    /// </summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How many connections write batches. With two (the default), one batch is prepared while the other commits.</summary>
    public int Writers { get; set; } = 2;

    /// <summary>How many commits can wait for a writer before callers have to wait for room. Default: 10,000.</summary>
    public int QueueCapacity { get; set; } = 10_000;

    /// <summary>The most commits in one batch. Default: 1,000.</summary>
    public int MaxBatchCommits { get; set; } = 1_000;

    /// <summary>The most bytes in one batch; a commit that is larger goes alone. Default: 4 MiB.</summary>
    public long MaxBatchBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>How long a batch waits for its turn to write. Default: 10 seconds.</summary>
    public TimeSpan LockTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the store tries to find out what became of a batch whose connection was lost. Default: 30 seconds.</summary>
    public TimeSpan SettleTimeout { get; set; } = TimeSpan.FromSeconds(30);

    internal void Check()
    {
        if (string.IsNullOrWhiteSpace(ConnectionString))
            throw new ArgumentException("The PostgreSQL store has no connection string.", nameof(ConnectionString));
        try
        {
            _ = new NpgsqlConnectionStringBuilder(ConnectionString);
        }
        catch (Exception error) when (error is ArgumentException or FormatException or KeyNotFoundException)
        {
            // The parser's own message can quote the string, password included.
            throw new ArgumentException("The connection string of the PostgreSQL store cannot be read: write it as 'Host=…;Database=…;Username=…;Password=…'.", nameof(ConnectionString));
        }

        SchemaName.Check(Schema);
        CheckAtLeastOne(Writers, nameof(Writers));
        CheckAtLeastOne(QueueCapacity, nameof(QueueCapacity));
        CheckAtLeastOne(MaxBatchCommits, nameof(MaxBatchCommits));
        CheckAtLeastOne(MaxBatchBytes, nameof(MaxBatchBytes));
        CheckPositive(PollInterval, nameof(PollInterval));
        CheckPositive(LockTimeout, nameof(LockTimeout));
        CheckPositive(SettleTimeout, nameof(SettleTimeout));
    }

    private static void CheckAtLeastOne(long value, string option)
    {
        if (value < 1)
            throw new ArgumentException($"{option} of the PostgreSQL store is {value}, and must be 1 or more.", option);
    }

    private static void CheckPositive(TimeSpan value, string option)
    {
        if (value < TimeSpan.FromMilliseconds(1) || value > TimeSpan.FromDays(1))
            throw new ArgumentException($"{option} of the PostgreSQL store is {value}, and must lie between a millisecond and a day.", option);
    }
}
