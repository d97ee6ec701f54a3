using System.Collections.Concurrent;

namespace Protean.EventStore.Sqlite.Connections;

/// <summary>Connections that only read. A read takes one, on the thread of its caller, and gives it back; none ever blocks a writer.</summary>
internal sealed class ReadPool(DatabaseFile file, SqliteStoreOptions options) : IDisposable
{
    private const int MostIdle = 16;
    private readonly ConcurrentStack<Database> _idle = [];
    private volatile bool _isClosed;

    public ValueTask<TResult> RunAsync<TArgument, TResult>(Func<Database, TArgument, TResult> read, TArgument argument, CancellationToken cancellationToken)
    {
        try
        {
            return new(Try(read, argument, cancellationToken));
        }
        catch (SqliteFailure failure) when (failure.IsBusy)
        {
            return RepeatAsync(read, argument, cancellationToken);
        }
        catch (SqliteFailure failure)
        {
            return ValueTask.FromException<TResult>(Faults.Translate(failure, options));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<TResult>(cancellationToken);
        }
        catch (Exception error)
        {
            return ValueTask.FromException<TResult>(error);
        }
    }

    public void Dispose()
    {
        _isClosed = true;
        CloseIdle();
    }

    private async ValueTask<TResult> RepeatAsync<TArgument, TResult>(
        Func<Database, TArgument, TResult> read, TArgument argument, CancellationToken cancellationToken)
    {
        var busy = new BusyWait(options.BusyTimeout);
        SqliteFailure last;
        do
        {
            try
            {
                return Try(read, argument, cancellationToken);
            }
            catch (SqliteFailure failure) when (failure.IsBusy)
            {
                last = failure;
            }
            catch (SqliteFailure failure)
            {
                throw Faults.Translate(failure, options);
            }
        }
        while (await busy.NextAsync(cancellationToken).ConfigureAwait(false));
        throw Faults.Translate(last, options);
    }

    private TResult Try<TArgument, TResult>(Func<Database, TArgument, TResult> read, TArgument argument, CancellationToken cancellationToken)
    {
        var database = Rent();
        var isSound = false;
        try
        {
            // The registration ends before the connection goes back, so that a late interrupt cannot hit who has it next.
            using var interruption = cancellationToken.CanBeCanceled
                ? cancellationToken.UnsafeRegister(static state => ((Database)state!).Interrupt(), database)
                : default;
            database.Cancellation = cancellationToken;
            var result = read(database, argument);
            isSound = true;
            return result;
        }
        catch (SqliteFailure failure)
        {
            isSound = !failure.SpoilsConnection;
            cancellationToken.ThrowIfCancellationRequested();
            throw;
        }
        catch (Exception error) when (error is ArgumentException or OperationCanceledException)
        {
            isSound = true;
            throw;
        }
        finally
        {
            database.Cancellation = default;
            if (isSound)
                Return(database);
            else
                database.Dispose();
        }
    }

    private Database Rent() => _idle.TryPop(out var database) ? database : file.OpenReader();

    private void Return(Database database)
    {
        if (_isClosed || _idle.Count >= MostIdle || database.InTransaction)
        {
            database.Dispose();
            return;
        }

        _idle.Push(database);
        // Otherwise what came back while the pool was closing would stay open.
        if (_isClosed)
            CloseIdle();
    }

    private void CloseIdle()
    {
        while (_idle.TryPop(out var database))
            database.Dispose();
    }
}
