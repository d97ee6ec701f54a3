using Microsoft.Data.Sqlite;
using Protean.EventStore.Sqlite.Documents;
using SQLitePCL;

namespace Protean.EventStore.Sqlite.Connections;

/// <summary>One connection to the file, with the statements it has prepared. Used by one caller at a time.</summary>
internal sealed class Database : IDisposable
{
    private const int MostStatements = 200;
    private readonly Dictionary<string, Statement> _statements = [];
    private bool _isClosed;

    public Database(SqliteConnection connection)
    {
        Connection = connection;
        Handle = connection.Handle!;
        raw.sqlite3_extended_result_codes(Handle, 1);
    }

    public SqliteConnection Connection { get; }

    public TextCache Texts { get; } = new();

    /// <summary>The collections as this connection has seen them last.</summary>
    public Catalog? Catalog { get; set; }

    /// <summary>Ends a read between two statements or rows, where <see cref="Interrupt"/> hits nothing.</summary>
    public CancellationToken Cancellation { get; set; }

    public int Changes => raw.sqlite3_changes(Handle);

    public bool InTransaction => raw.sqlite3_get_autocommit(Handle) == 0;

    private sqlite3 Handle { get; }

    /// <summary>Takes a prepared statement. The text is the key: one that changes with the data does not belong here.</summary>
    public Statement Use(string sql)
    {
        if (_statements.TryGetValue(sql, out var statement))
            return statement.Begin();
        if (_statements.Count >= MostStatements)
            Forget();
        var code = raw.sqlite3_prepare_v2(Handle, sql, out var handle);
        if (code != raw.SQLITE_OK)
            throw Failure(code);
        _statements.Add(sql, statement = new(this, handle));
        return statement.Begin();
    }

    public void Execute(string sql) => Use(sql).Run();

    /// <summary>Runs statements that are not worth keeping.</summary>
    public void ExecuteScript(string sql)
    {
        var code = raw.sqlite3_exec(Handle, sql);
        if (code != raw.SQLITE_OK)
            throw Failure(code);
    }

    /// <summary>Begins a transaction in which every read sees the same state.</summary>
    public ReadTransaction BeginRead()
    {
        Execute("BEGIN");
        return new(this);
    }

    public void RollBack()
    {
        if (InTransaction)
            ExecuteScript("ROLLBACK");
    }

    /// <summary>Ends what is running, from another thread.</summary>
    public void Interrupt() => raw.sqlite3_interrupt(Handle);

    public void AddFunction(string name, int arguments, delegate_function_scalar function)
    {
        var code = raw.sqlite3_create_function(Handle, name, arguments, raw.SQLITE_UTF8 | raw.SQLITE_DETERMINISTIC, null, function);
        if (code != raw.SQLITE_OK)
            throw Failure(code);
    }

    public SqliteFailure Failure(int code)
    {
        var extended = raw.sqlite3_extended_errcode(Handle);
        return new((extended & 0xff) == (code & 0xff) ? extended : code, raw.sqlite3_errmsg(Handle).utf8_to_string());
    }

    public void Dispose()
    {
        if (_isClosed)
            return;
        _isClosed = true;
        foreach (var statement in _statements.Values)
            statement.Close();
        Connection.Dispose();
    }

    private void Forget()
    {
        foreach (var (sql, statement) in _statements)
        {
            if (statement.IsInUse)
                continue;
            statement.Close();
            _statements.Remove(sql);
        }
    }
}

/// <summary>Ends a transaction that has only read.</summary>
internal readonly ref struct ReadTransaction(Database database)
{
    public void Dispose()
    {
        if (database.InTransaction)
            database.Execute("COMMIT");
    }
}
