using Protean.EventStore.Sqlite.Connections;

namespace Protean.EventStore.Sqlite.Schema;

/// <summary>Brings a file up to the schema of today. Several processes may start at once: one does it, the others find it done.</summary>
internal static class SchemaMigrator
{
    private const string Find = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'protean_schema'";
    private const string WriteAheadLog = "wal";
    private const string Create = "CREATE TABLE protean_schema (version INTEGER NOT NULL)";

    /// <exception cref="SqliteFailure">The file cannot be used, or another process has it locked just now.</exception>
    /// <exception cref="StoreSchemaException">The schema is newer than this version.</exception>
    public static void Migrate(Database database, string path)
    {
        var version = Version(database);
        Check(version, path);
        if (version == Migrations.Scripts.Count)
            return;
        UseWriteAheadLog(database, path);
        database.Execute("BEGIN IMMEDIATE");
        try
        {
            // Another process may have been faster.
            version = Version(database);
            Check(version, path);
            if (version is null)
                database.ExecuteScript($"{Create}; INSERT INTO protean_schema VALUES (0)");
            for (var next = version ?? 0; next < Migrations.Scripts.Count; next++)
                database.ExecuteScript(Migrations.Scripts[(int)next]);
            database.Use("UPDATE protean_schema SET version = ?").With(Migrations.Scripts.Count).Run();
            database.Execute("COMMIT");
        }
        catch
        {
            database.RollBack();
            throw;
        }
    }

    /// <summary>Everything that <see cref="Migrate"/> does to an empty file.</summary>
    public static IEnumerable<string> Statements() =>
        ["PRAGMA journal_mode = WAL;", $"{Create};", .. Migrations.Scripts, $"INSERT INTO protean_schema VALUES ({Migrations.Scripts.Count});"];

    /// <summary>Sees to it that the file has a write-ahead log: a copy that VACUUM INTO has made has none.</summary>
    public static void UseWriteAheadLog(Database database, string path)
    {
        if (Mode(database, "PRAGMA journal_mode") == WriteAheadLog)
            return;
        var mode = Mode(database, "PRAGMA journal_mode = WAL");
        if (mode != WriteAheadLog)
            throw new StoreUnavailableException(Faults.Store, $"'{path}' stands on a file system where SQLite cannot keep a write-ahead log (it stays in mode '{mode}'): use a local disk");
    }

    private static long? Version(Database database)
    {
        if (database.Use(Find).Scalar() == 0)
            return null;
        return database.Use("SELECT version FROM protean_schema").Scalar();
    }

    private static void Check(long? version, string path)
    {
        if (version > Migrations.Scripts.Count)
            throw new StoreSchemaException(Faults.Store, $"'{path}' has version {version}, and this program knows versions up to {Migrations.Scripts.Count}. Run a newer program.");
    }

    private static string Mode(Database database, string pragma)
    {
        using var statement = database.Use(pragma);
        statement.Step();
        return statement.Text(0);
    }
}
