using Microsoft.Data.Sqlite;
using Protean.Storage;

namespace Protean.Benchmarks.Load.Floors;

/// <summary>One connection to a file of the SQLite store, with one prepared statement that inserts one full row. Outside a transaction it is one by itself.</summary>
internal sealed class SqliteInsertConnection : IDisposable
{
    // As the store sets them, so that both sides promise the same.
    private const string Settings = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 1000; PRAGMA cache_size = -16000";

    private static readonly string[] _columns =
    [
        "global_position", "stream", "position", "category", "partition_hash", "archived", "kind", "time", "type", "id", "checksum", "correlation_id",
        "causation_id", "cause_stream", "origin_stream", "root_stream", "trace_parent", "deadline", "idempotency_key", "headers", "body",
    ];

    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _insert;

    public SqliteInsertConnection(string path)
    {
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        _connection.Open();
        Execute(Settings);
        _insert = _connection.CreateCommand();
        _insert.CommandText = $"INSERT INTO protean_messages ({string.Join(", ", _columns)}) VALUES ({string.Join(", ", _columns.Select(column => $"${column}"))})";
        foreach (var column in _columns)
            _insert.Parameters.Add(new SqliteParameter($"${column}", DBNull.Value));
        _insert.Prepare();
    }

    public void Execute(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public void Insert(StreamName stream, long position, long globalPosition, in NewMessage message)
    {
        var metadata = message.Metadata;
        Set(0, globalPosition);
        Set(1, stream.Value);
        Set(2, position);
        Set(3, stream.Category);
        Set(4, (long)StreamName.StableHash(stream.Value));
        Set(5, 0L);
        Set(6, (long)message.Kind);
        Set(7, message.Time.Ticks / TimeSpan.TicksPerMicrosecond);
        Set(8, message.Type);
        Set(9, message.Id.ToByteArray(bigEndian: true));
        Set(10, (long)message.Checksum!.Value);
        Set(11, metadata.CorrelationId);
        Set(12, metadata.CausationId!.Value.ToByteArray(bigEndian: true));
        Set(13, metadata.CauseStream!);
        Set(14, metadata.OriginStream!);
        Set(15, metadata.RootStream!);
        Set(20, message.Body.ToArray());
        _insert.ExecuteNonQuery();
    }

    public void Dispose()
    {
        _insert.Dispose();
        _connection.Dispose();
    }

    private void Set(int column, object value) => _insert.Parameters[column].Value = value;
}
