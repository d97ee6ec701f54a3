using Protean.Storage;

namespace Protean.EventStore.Waking;

/// <summary>
/// Wakes those who wait for the log to grow: at once for this process's own commits, and for those of others through notifications and, whatever
/// becomes of these, by reading the head now and then. Nothing runs before somebody waits for the first time.
/// </summary>
internal sealed class AppendNews : IAsyncDisposable
{
    /// <summary>While notifications come in, only every so many polls look.</summary>
    private const int RestWhileListening = 5;

    private readonly AppendSignal _signal = new(typeof(PostgresEventStore));
    private readonly CancellationTokenSource _stopping = new();
    private readonly PostgresDatabase _database;
    private readonly PostgresStoreOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Notifier _notifier;
    private readonly Listener _listener;
    private readonly Lock _gate = new();
    private Task _watching = Task.CompletedTask;
    private bool _watches;
    private bool _isBlind;

    public AppendNews(PostgresDatabase database, PostgresStoreOptions options, TimeProvider time, ILogger logger, TimeSpan? silence = null)
    {
        _database = database;
        _options = options;
        _time = time;
        _logger = logger;
        _notifier = new(database, time, logger);
        _listener = new(database, _signal, time, logger, silence);
    }

    /// <summary>Tells of a commit of this process.</summary>
    public void Appended(long head)
    {
        _signal.Advance(head);
        if (_options.Listen)
            _notifier.Notify(head);
    }

    public ValueTask<long> WaitAsync(long after, CancellationToken cancellationToken)
    {
        var waiting = _signal.WaitAsync(after, cancellationToken);
        if (!waiting.IsCompleted)
            Watch();
        return waiting;
    }

    public async ValueTask DisposeAsync()
    {
        _signal.Close();
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _watching.ConfigureAwait(false);
        await _notifier.DisposeAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }

    private void Watch()
    {
        lock (_gate)
        {
            if (_watches || _stopping.IsCancellationRequested)
                return;
            _watches = true;
            _watching = Task.WhenAll(
                Task.Run(() => PollAsync(_stopping.Token), CancellationToken.None),
                _options.Listen ? Task.Run(() => _listener.RunAsync(_stopping.Token), CancellationToken.None) : Task.CompletedTask);
        }
    }

    private async Task PollAsync(CancellationToken cancellationToken)
    {
        using var shielded = new ShieldedToken(cancellationToken);
        using var timer = new PeriodicTimer(_options.PollInterval, _time);
        var polls = 0;
        try
        {
            do
            {
                if (_signal.Waiting > 0 && (!_listener.IsListening || ++polls % RestWhileListening == 0))
                    await LookAsync(shielded.Token).ConfigureAwait(false);
            }
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // The store is being closed.
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            _signal.Advance(await LogSql.ReadHeadAsync(_database, cancellationToken).ConfigureAwait(false));
            _isBlind = false;
        }
        catch (Exception error) when (error is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            // Once is enough: it is tried every second for as long as the server is away.
            if (!_isBlind)
                PostgresLog.HeadNotRead(_logger, error);
            _isBlind = true;
        }
    }
}
