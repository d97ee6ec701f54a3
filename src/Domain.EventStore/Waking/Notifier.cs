using Npgsql;

namespace Protean.EventStore.Waking;

/// <summary>
/// Tells other processes that the log has grown: after the commit, never within it, and once for all commits that were made while the notification
/// before was on its way.
/// </summary>
internal sealed class Notifier(PostgresDatabase database, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    /// <summary>Under load a notification stands for all commits of this span; after a pause the first goes out at once.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();

    // A notification has nothing to keep on disk, and must not make commits wait for it there.
    private readonly string _sql = $"select set_config('synchronous_commit', 'off', true), pg_notify('{Channel(database.Schema)}', $1)";

    private Task _sending = Task.CompletedTask;
    private long _head;
    private long _sent;
    private bool _running;

    public static string Channel(string schema) => $"protean_{schema}";

    public void Notify(long head)
    {
        lock (_gate)
        {
            _head = Math.Max(_head, head);
            if (_running || _stopping.IsCancellationRequested)
                return;
            _running = true;
            _sending = Task.Run(SendAsync, CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task sending;
        lock (_gate)
        {
            _stopping.Cancel();
            sending = _sending;
        }

        await sending.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task SendAsync()
    {
        while (Next() is { } head)
        {
            try
            {
                await database.ScalarAsync<object>(
                    _sql,
                    parameters => parameters.Add(new NpgsqlParameter<string> { TypedValue = head.ToString(System.Globalization.CultureInfo.InvariantCulture) }),
                    CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception error)
            {
                PostgresLog.NotNotified(logger, error);
            }

            try
            {
                await Task.Delay(Pause, time, _stopping.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // The store is being closed: what is left goes out without a pause.
            }
        }
    }

    private long? Next()
    {
        lock (_gate)
        {
            if (_head == _sent)
            {
                _running = false;
                return null;
            }

            return _sent = _head;
        }
    }
}
