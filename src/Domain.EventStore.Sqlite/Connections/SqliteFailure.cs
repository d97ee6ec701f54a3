using SQLitePCL;

namespace Protean.EventStore.Sqlite.Connections;

/// <summary>SQLite has refused something. It never leaves the store: <see cref="Faults"/> says what it means to a caller.</summary>
internal sealed class SqliteFailure(int code, string message) : Exception(message)
{
    private const int PrimaryCode = 0xff;

    /// <summary>The code without its details.</summary>
    public int Code => code & PrimaryCode;

    public int ExtendedCode => code;

    /// <summary>Whether it came so late that what was written may be found all the same when the file is opened again.</summary>
    public bool LeavesOutcomeOpen { get; private init; }

    /// <summary>Whether somebody else holds a lock, so that it may go well in a moment.</summary>
    public bool IsBusy => Code is raw.SQLITE_BUSY or raw.SQLITE_LOCKED;

    /// <summary>Whether the connection may be spoilt, so that it is not to be used again.</summary>
    public bool SpoilsConnection => Code is not (raw.SQLITE_BUSY or raw.SQLITE_LOCKED or raw.SQLITE_CONSTRAINT or raw.SQLITE_INTERRUPT or raw.SQLITE_TOOBIG);

    /// <summary>The same failure, of a COMMIT: one that could not be made durable can stand whole in the write-ahead log.</summary>
    public SqliteFailure AtCommit() => Code == raw.SQLITE_IOERR ? new(code, Message) { LeavesOutcomeOpen = true } : this;
}
