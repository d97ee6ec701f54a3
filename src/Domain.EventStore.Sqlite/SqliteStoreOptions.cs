namespace Protean.EventStore.Sqlite;

/// <summary>Where a SQLite store keeps its file, and how it shares it.</summary>
public sealed class SqliteStoreOptions
{
    /// <summary>The file, with or without its folder; it is made when it is not there, its folder is not. Required.</summary>
    public string Path { get; set; } = "";

    /// <summary>How long a call waits for another process that writes to the file. Default: 10 seconds.</summary>
    public TimeSpan BusyTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often the file is looked at for commits of other processes while somebody waits for them. Default: 50 milliseconds.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How many commits may wait to be written; further callers wait for room. Default: 10,000.</summary>
    public int QueueCapacity { get; set; } = 10_000;

    /// <summary>The most commits that are written in one transaction. Default: 1,000.</summary>
    public int MaxBatchCommits { get; set; } = 1_000;

    /// <summary>The most bytes that are written in one transaction; a larger commit is written alone. Default: 4 MiB.</summary>
    public long MaxBatchBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>A checked copy, which nobody can change any more.</summary>
    internal SqliteStoreOptions Checked()
    {
        if (string.IsNullOrWhiteSpace(Path))
            throw new ArgumentException($"{nameof(SqliteStoreOptions)}.{nameof(Path)} is missing: name the file of the store, such as 'inventory.db'.");
        if (Path == ":memory:" || Path.StartsWith("file:", StringComparison.OrdinalIgnoreCase))
            throw new ArgumentException($"{nameof(SqliteStoreOptions)}.{nameof(Path)} is '{Path}', and must be the path of a file. A store in memory is what {nameof(DomainBuilder.UseInMemory)}() offers.");
        CheckSpan(BusyTimeout, nameof(BusyTimeout), TimeSpan.Zero);
        CheckSpan(PollInterval, nameof(PollInterval), TimeSpan.FromMilliseconds(1));
        CheckCount(QueueCapacity, nameof(QueueCapacity));
        CheckCount(MaxBatchCommits, nameof(MaxBatchCommits));
        CheckCount(MaxBatchBytes, nameof(MaxBatchBytes));
        return new()
        {
            Path = System.IO.Path.GetFullPath(Path),
            BusyTimeout = BusyTimeout,
            PollInterval = PollInterval,
            QueueCapacity = QueueCapacity,
            MaxBatchCommits = MaxBatchCommits,
            MaxBatchBytes = MaxBatchBytes,
        };
    }

    private static void CheckSpan(TimeSpan value, string name, TimeSpan least)
    {
        if (value < least || value > TimeSpan.FromHours(1))
            throw new ArgumentException($"{nameof(SqliteStoreOptions)}.{name} is {value}, and must be from {least} to one hour.");
    }

    private static void CheckCount(long value, string name)
    {
        if (value < 1)
            throw new ArgumentException($"{nameof(SqliteStoreOptions)}.{name} is {value}, and must be 1 or more.");
    }
}
