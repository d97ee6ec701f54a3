namespace Protean.EventStore.Sqlite.Connections;

/// <summary>The one connection that writes. Whoever writes takes turns at it, so that within the process nobody waits for the file's lock.</summary>
internal sealed class WriteConnection(DatabaseFile file, SqliteStoreOptions options) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private Database? _database;
    private bool _isClosed;

    /// <summary>Begins a transaction that holds the file's lock for writing.</summary>
    /// <param name="forUser">Whether the user's own SQL is to run in it.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="SqliteFailure">The file cannot be opened, or stays locked.</exception>
    public async ValueTask<WriteTransaction> BeginAsync(bool forUser, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        BusyWait? busy = null;
        while (true)
        {
            try
            {
                ObjectDisposedException.ThrowIf(_isClosed, typeof(SqliteEventStore));
                _database ??= file.OpenWriter();
                return WriteTransaction.Begin(this, _database, forUser);
            }
            catch (SqliteFailure failure) when (failure.IsBusy)
            {
                if (!await IsToBeRepeatedAsync(busy ??= new(options.BusyTimeout), cancellationToken).ConfigureAwait(false))
                {
                    Release(isSound: true);
                    throw;
                }
            }
            catch
            {
                Release(isSound: false);
                throw;
            }
        }
    }

    /// <summary>Ends a turn. A connection that may be spoilt is replaced by the next one who needs it.</summary>
    public void Release(bool isSound)
    {
        try
        {
            if (!isSound || _database is { InTransaction: true })
                Interlocked.Exchange(ref _database, null)?.Dispose();
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose()
    {
        _turn.Wait();
        _isClosed = true;
        Release(isSound: false);
    }

    private async ValueTask<bool> IsToBeRepeatedAsync(BusyWait busy, CancellationToken cancellationToken)
    {
        try
        {
            return await busy.NextAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Release(isSound: true);
            throw;
        }
    }
}
