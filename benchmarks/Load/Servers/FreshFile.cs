using Protean.Benchmarks.Load.Floors;
using Protean.EventStore.Sqlite;
using Protean.Storage;

namespace Protean.Benchmarks.Load.Servers;

/// <summary>A file made by the SQLite store itself, with the same number of messages in it each time.</summary>
internal sealed class FreshFile : IDisposable
{
    private const int Filled = 10_000;
    private const int Streams = 1_000;
    private static readonly StoreDefinition _definition = new("load", []);
    private readonly string _directory;

    private FreshFile(string parent)
    {
        _directory = System.IO.Path.Combine(parent, Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(_directory);
    }

    public string Path => System.IO.Path.Combine(_directory, "load.db");

    /// <summary>The last global position in it.</summary>
    public long Head => Filled;

    public static async Task<FreshFile> CreateAsync(string parent, CancellationToken cancellationToken)
    {
        var file = new FreshFile(parent);
        await (await file.OpenStoreAsync(cancellationToken)).DisposeAsync();
        using var connection = new SqliteInsertConnection(file.Path);
        connection.Execute("BEGIN");
        for (var n = 0; n < Filled; n++)
        {
            var stream = StreamName.Create(SampleMessages.Category, $"filled-{n % Streams}");
            connection.Insert(stream, n / Streams, n + 1, SampleMessages.Next(stream));
        }

        connection.Execute("COMMIT");
        connection.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        return file;
    }

    /// <summary>A store on this file.</summary>
    public async Task<SqliteEventStore> OpenStoreAsync(CancellationToken cancellationToken)
    {
        var store = new SqliteEventStore(Path);
        await store.InitializeAsync(_definition, cancellationToken);
        return store;
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
