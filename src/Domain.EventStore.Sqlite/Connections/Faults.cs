using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Protean.EventStore.Sqlite.Connections;

/// <summary>Says in the words of the store port what SQLite means.</summary>
internal static class Faults
{
    /// <summary>What the store is called in messages.</summary>
    public const string Store = "SQLite";

    /// <param name="failure">What SQLite has refused.</param>
    /// <param name="options">Name the file.</param>
    /// <param name="commit">The id of the commit that was to be written, if it has one.</param>
    public static Exception Translate(SqliteFailure failure, SqliteStoreOptions options, Guid? commit = null)
    {
        var file = options.Path;
        if (failure.LeavesOutcomeOpen)
            return new CommitOutcomeUnknownException(Store, commit, failure);
        return failure.Code switch
        {
            raw.SQLITE_BUSY or raw.SQLITE_LOCKED => Unavailable($"another process has held '{file}' locked for {options.BusyTimeout.TotalSeconds:0.###} s or longer", failure),
            raw.SQLITE_FULL => Unavailable($"there is no room left for '{file}'", failure),
            raw.SQLITE_READONLY => Unavailable($"'{file}' cannot be written to: the file or its folder is read-only", failure),
            raw.SQLITE_CANTOPEN => Unavailable(CannotOpen(file), failure),
            raw.SQLITE_PERM or raw.SQLITE_AUTH => Unavailable($"this process may not use '{file}'", failure),
            raw.SQLITE_IOERR => Unavailable($"reading or writing '{file}' has failed ({failure.Message})", failure),
            raw.SQLITE_NOMEM => Unavailable("there is no memory left", failure),
            raw.SQLITE_PROTOCOL => Unavailable($"the locks of '{file}' do not work: it must stand on a local disk", failure),
            raw.SQLITE_NOTADB => new StoreSchemaException(Store, $"'{file}' is no SQLite database. Name another file, or remove this one.", failure),
            raw.SQLITE_CORRUPT => new StoreSchemaException(Store, $"'{file}' is damaged ({failure.Message}). Restore it from a copy.", failure),
            raw.SQLITE_TOOBIG => new ArgumentException($"A text or body is too long for SQLite: {failure.Message}.", failure),
            raw.SQLITE_INTERRUPT => new OperationCanceledException(failure.Message, failure),
            _ => new StoreSchemaException(Store, $"'{file}' does not hold what it should ({failure.Message}).", failure),
        };
    }

    /// <summary>What the connection library has thrown, as our own failure.</summary>
    public static SqliteFailure Of(SqliteException error) => new(error.SqliteExtendedErrorCode, error.Message);

    private static StoreUnavailableException Unavailable(string problem, SqliteFailure failure) => new(Store, problem, failure);

    private static string CannotOpen(string file)
    {
        var folder = Path.GetDirectoryName(file);
        if (!Directory.Exists(folder))
            return $"the folder '{folder}' for the file '{Path.GetFileName(file)}' does not exist";
        return Directory.Exists(file) ? $"'{file}' is a folder, and should be a file" : $"'{file}' cannot be opened: the file or its folder cannot be read or written by this process";
    }
}
