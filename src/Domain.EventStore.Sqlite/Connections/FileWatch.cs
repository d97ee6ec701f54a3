using Protean.Storage;

namespace Protean.EventStore.Sqlite.Connections;

/// <summary>Looks for commits of other processes, as long as somebody waits for them.</summary>
internal sealed class FileWatch : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Lock _looking = new();
    private readonly DatabaseFile _file;
    private readonly SqliteStoreOptions _options;
    private readonly AppendSignal _signal;
    private readonly ITimer _timer;
    private Database? _database;
    private long? _seen;
    private int _waiting;
    private bool _isClosed;

    public FileWatch(DatabaseFile file, SqliteStoreOptions options, AppendSignal signal, TimeProvider time)
    {
        _file = file;
        _options = options;
        _signal = signal;
        _timer = time.CreateTimer(static state => ((FileWatch)state!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Somebody waits from now on.</summary>
    public void Enter()
    {
        lock (_gate)
        {
            if (_waiting++ == 0 && !_isClosed)
                _timer.Change(_options.PollInterval, _options.PollInterval);
        }
    }

    public void Leave()
    {
        lock (_gate)
        {
            if (--_waiting == 0 && !_isClosed)
                _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        lock (_gate)
            _isClosed = true;
        _timer.Dispose();
        lock (_looking)
        {
            _database?.Dispose();
            _database = null;
        }
    }

    private void Look()
    {
        // A look that takes longer than the interval is not joined by the next one.
        if (!_looking.TryEnter())
            return;
        try
        {
            if (!_isClosed)
                LookAtFile();
        }
        catch (SqliteFailure failure) when (failure.IsBusy)
        {
            // The next look is soon enough.
        }
        catch (SqliteFailure failure)
        {
            Forget();
            _signal.Fail(Faults.Translate(failure, _options));
        }
        catch (Exception error)
        {
            Forget();
            _signal.Fail(error);
        }
        finally
        {
            _looking.Exit();
        }
    }

    private void LookAtFile()
    {
        _database ??= _file.OpenReader();
        var version = _database.Use("PRAGMA data_version").Scalar();
        if (version == _seen)
            return;
        _signal.Advance(_database.Use("SELECT max(global_position) FROM protean_messages").Scalar() ?? 0);
        _seen = version;
    }

    private void Forget()
    {
        _database?.Dispose();
        _database = null;
        _seen = null;
    }
}
