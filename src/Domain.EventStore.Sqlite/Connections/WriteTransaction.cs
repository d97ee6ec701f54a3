using Microsoft.Data.Sqlite;

namespace Protean.EventStore.Sqlite.Connections;

/// <summary>A transaction that holds the file's lock for writing. Disposing it without a commit takes everything back.</summary>
internal sealed class WriteTransaction : IDisposable
{
    private const string Member = "member";
    private readonly WriteConnection _owner;
    private bool _isDone;
    private bool _isSpoilt;

    private WriteTransaction(WriteConnection owner, Database database, SqliteTransaction? forUser)
    {
        _owner = owner;
        Database = database;
        ForUser = forUser;
    }

    public Database Database { get; }

    /// <summary>The transaction as the connection library knows it, which the user's own SQL needs.</summary>
    public SqliteTransaction? ForUser { get; }

    public static WriteTransaction Begin(WriteConnection owner, Database database, bool forUser)
    {
        if (!forUser)
        {
            database.Execute("BEGIN IMMEDIATE");
            return new(owner, database, null);
        }

        // The library's own way to take the lock would put the thread to sleep; a write that changes nothing takes it, too.
        SqliteTransaction? transaction = null;
        try
        {
            transaction = database.Connection.BeginTransaction(deferred: true);
            database.Execute("UPDATE protean_schema SET version = version WHERE 0");
            return new(owner, database, transaction);
        }
        catch (SqliteException error)
        {
            transaction?.Dispose();
            throw Faults.Of(error);
        }
        catch
        {
            transaction?.Dispose();
            throw;
        }
    }

    /// <summary>Marks where one of several commits begins, so that it can be taken back alone.</summary>
    public void BeginMember() => Database.Execute($"SAVEPOINT {Member}");

    public void EndMember() => Database.Execute($"RELEASE {Member}");

    public void TakeBackMember()
    {
        Database.Execute($"ROLLBACK TO {Member}");
        EndMember();
    }

    public void Commit()
    {
        try
        {
            if (ForUser is null)
                Database.Execute("COMMIT");
            else
                ForUser.Commit();
        }
        catch (SqliteFailure failure)
        {
            throw failure.AtCommit();
        }
        catch (SqliteException error)
        {
            throw Faults.Of(error).AtCommit();
        }

        _isDone = true;
    }

    /// <summary>Does not use the connection again, after a failure that may have spoilt it.</summary>
    public void Spoil() => _isSpoilt = true;

    public void Dispose()
    {
        var isSound = false;
        try
        {
            if (!_isDone)
                RollBack();
            ForUser?.Dispose();
            isSound = !_isSpoilt;
        }
        catch (Exception error) when (error is SqliteFailure or SqliteException)
        {
            // A connection that cannot even roll back is closed, which does the same.
        }
        finally
        {
            _owner.Release(isSound);
        }
    }

    private void RollBack()
    {
        if (ForUser?.Connection is null)
        {
            Database.RollBack();
            return;
        }

        // A COMMIT that failed, or one of the user's own, has ended it; the library has it open still, and could not even close the connection.
        if (!Database.InTransaction)
            Database.ExecuteScript("BEGIN");
        ForUser.Rollback();
    }
}
