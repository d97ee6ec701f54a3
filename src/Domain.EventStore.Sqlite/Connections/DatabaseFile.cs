using Microsoft.Data.Sqlite;
using Protean.EventStore.Sqlite.Documents;
using Protean.EventStore.Sqlite.Schema;

namespace Protean.EventStore.Sqlite.Connections;

/// <summary>The file: opens connections to it, and brings its schema up to date before the first one is handed out.</summary>
internal sealed class DatabaseFile
{
    private const string ForAll = "PRAGMA synchronous = FULL;";
    private const string ForWriter = "PRAGMA wal_autocheckpoint = 1000; PRAGMA cache_size = -16000;";
    private const string ForReader = "PRAGMA query_only = ON;";
    private readonly Lock _gate = new();
    private readonly string _path;
    private volatile bool _isMigrated;

    static DatabaseFile() => SQLitePCL.Batteries_V2.Init();

    public DatabaseFile(string path) => _path = path;

    public Database OpenReader()
    {
        Migrate();
        return Open(ForReader);
    }

    public Database OpenWriter()
    {
        Migrate();
        var database = Open(ForWriter);
        try
        {
            // Not asked of readers: a copy on a medium that is read-only can still be read.
            SchemaMigrator.UseWriteAheadLog(database, _path);
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    private void Migrate()
    {
        if (_isMigrated)
            return;
        lock (_gate)
        {
            if (_isMigrated)
                return;
            using var database = Open(ForWriter);
            SchemaMigrator.Migrate(database, _path);
            _isMigrated = true;
        }
    }

    private Database Open(string settings)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = _path,
            Mode = _isMigrated ? SqliteOpenMode.ReadWrite : SqliteOpenMode.ReadWriteCreate,
            Pooling = false,
        }.ToString());
        try
        {
            connection.Open();
            var database = new Database(connection);
            database.ExecuteScript(ForAll + settings);
            KeyFunction.AddTo(database);
            return database;
        }
        catch (SqliteException error)
        {
            connection.Dispose();
            throw Faults.Of(error);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
